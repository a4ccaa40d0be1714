//! Two screens on two pseudo-terminals talk to each other.
//!
//! What stands in which test: every sentence that the user is promised of the screen. `tui/…` is the model and the view without a
//! terminal, `screen…` the programs on pseudo-terminals. The last test holds this table against both.
//!
//! | what | covered by |
//! | --- | --- |
//! | both sides write; `i` or `r` opens the reader's line | `screen`: `typed_lines_appear_on_the_other_side_both_ways`; `tests/keys`: `the_reader_reads_until_i_or_r_opens_its_input_line` |
//! | readline keys | `screen_keys`: `the_keys_of_readline_edit_the_line`; `tests/keys`: `the_keys_of_readline_edit`; `tests/help`: `every_key_of_the_table_does_something_where_the_table_says`, `a_key_that_is_in_no_row_does_nothing` |
//! | several lines, growing to a third of the screen | `tests/screens`: `a_draft_of_several_lines_grows_to_a_third_and_scrolls_inside` |
//! | a draft wraps at words, and the cursor goes by its rows | `screen_keys`: `a_long_draft_wraps_at_words_and_up_goes_to_the_row_above`; `tests/line`: `a_draft_wraps_at_words_and_the_cursor_goes_by_its_rows`, `every_place_of_the_cursor_is_a_cell_beside_the_letter_that_it_is_at`; `wrap/tests`: `folding_breaks_at_words_and_keeps_the_spaces` |
//! | Ctrl-D in a draft deletes, or says why not; a narrow screen keeps the way out | `screen_keys`: `ctrl_d_deletes_and_at_the_end_of_a_draft_says_why_it_does_not_quit`, `a_narrow_screen_keeps_the_way_out_and_the_help`; `tests/help`: `a_narrow_screen_keeps_the_way_out_and_the_help_to_the_last` |
//! | Ctrl-R searches what was sent, and Enter puts it into the line | `screen_keys`: `ctrl_r_finds_what_was_sent_and_enter_puts_it_into_the_line`; `tests/recall`: `ctrl_r_finds_letter_by_letter_and_again_an_older_one`, `enter_puts_it_into_the_line_and_sends_nothing`, `esc_and_ctrl_g_give_the_draft_back` |
//! | a paste is one message, asked about above 20 lines | `screen`: `a_paste_of_several_lines_is_one_message`; `screen_keys`: `a_paste_of_many_lines_is_asked_about_and_comes_as_one_message`; `tests/writing`: `a_long_paste_can_be_edited_first` |
//! | history with the draft kept, undo, `$EDITOR` | `tests/writing`: `up_and_down_go_through_what_was_sent_and_the_draft_is_kept`; `input/tests`: `undo_takes_back_a_word_a_paste_or_a_kill_at_a_time`; `screen_editor`: `the_editor_has_the_terminal_for_itself_and_gives_the_draft_back`, `an_editor_that_fails_leaves_the_draft_as_it_was`, `an_editor_and_its_commands_hear_every_signal` |
//! | grapheme-right editing and widths | `screen`: `wide_characters_and_emoji_arrive_intact`; `input/tests`: `backspace_takes_a_whole_emoji`; `wrap/tests`: `wide_characters_take_two_columns_and_break_between_themselves` |
//! | the terminal's own cursor | `tests/screens`: `a_long_draft_is_broken_at_the_edge_and_the_cursor_has_a_cell_of_its_own` |
//! | wrapped at the words, links whole where a row can hold them | `wrap/tests`: `rows_break_at_words`, `a_link_stays_whole_where_a_row_can_hold_it` |
//! | day separators, times folded when equal | `tests/screens`: `days_and_minutes_are_written_once` |
//! | a mark at the first unread | `tests/reading`: `the_first_that_nobody_saw_has_a_mark_until_one_has_written` |
//! | the view stays where one reads, with a count of what is below | `tests/keys`: `sending_goes_to_the_end_and_arriving_does_not`, `page_up_and_page_down_meet_again`; `tests/screens`: `scrolled_up_one_sees_how_much_is_below` |
//! | search, match by match | `screen_keys`: `a_search_finds_what_has_scrolled_away`; `tests/reading`: `a_search_goes_up_from_here_and_marks_every_hit`; `tests/search`: `a_pasted_message_with_fifty_hits_has_fifty_and_each_is_gone_to`; `screen_reading`: `a_search_goes_to_every_match_of_a_pasted_message` |
//! | the wheel scrolls outside the input line | `screen_reading`: `the_wheel_scrolls_as_arrow_keys_outside_the_input_line_and_never_touches_a_draft` |
//! | the title, with what is unread, given back | `screen_reading`: `the_title_has_the_channel_and_what_is_unread_and_is_given_back`, `a_terminal_that_keeps_no_title_gets_none`; `tests/reading`: `the_title_counts_what_arrived_while_nobody_was_looking` |
//! | names have their colours, and ours stands out | `tests/highlights`: `a_name_always_has_the_same_colour_and_names_differ`, `our_own_name_stands_out_in_what_others_say`; `screen_people`: `each_name_has_its_colour_in_every_run_and_ones_own_stands_out` |
//! | links, to nothing but what is seen | `screen_links`: `a_wrapped_link_is_one_link_with_its_whole_target`, `a_hostile_writer_makes_no_link_to_anything_but_what_is_seen`; `tests/links`: `no_text_makes_a_link_to_anything_but_what_is_seen` |
//! | `/send`, `/get`, `/skip`: a file arrives whole or not at all, while one goes on chatting, and over nothing that exists | `screen_files`: `a_file_of_five_megabytes_arrives_whole_for_its_owner_alone_and_both_sides_say_so`, `the_reader_can_send_a_file_too_and_an_empty_one_is_a_file`, `one_goes_on_chatting_while_a_file_is_on_its_way_and_either_side_can_stop_it`, `what_exists_is_never_replaced`, `without_space_nothing_is_kept_and_the_file_is_still_on_offer`, `a_hostile_name_stays_inside_the_folder_and_bytes_without_a_word_are_not_written`; `tests/files`: `an_offer_is_a_line_and_a_transfer_another_that_says_how_far_it_is` |
//! | a file whose sender or receiver is killed or quits leaves nothing, and what is known of it is said | `screen_files`: `a_killed_receiver_leaves_no_trace_and_its_successor_is_offered_the_file`, `a_killed_sender_leaves_no_trace_and_the_receiver_says_so`, `a_screen_that_quits_in_the_middle_says_what_was_not_whole` |
//! | a bare view, `y` copies, the mouse off at first | `tests/reading`: `the_bare_view_is_text_from_edge_to_edge`; `screen_keys`: `y_hands_a_message_to_the_terminals_clipboard`, `the_wheel_scrolls_once_m_has_asked_for_it` |
//! | ✓ in the segment, ✓✓ taken | `screen`: `two_checks_appear_once_the_reader_has_taken_the_message` |
//! | the other side's coming, going, crash and return; what waits | `screen`: `a_reader_that_was_first_sees_the_writer_come`, `a_killed_writer_is_gone_on_the_readers_screen_and_a_new_one_is_here`, `what_was_written_before_the_reader_came_is_there` |
//! | a letter with nothing to do opens the line with itself | `screen_drafts`: `a_word_typed_outside_the_line_arrives_whole_on_both_screens`; `tests/letters`: `a_letter_with_nothing_to_do_opens_the_line_with_itself`, `a_letter_that_has_something_to_do_does_it`, `a_blank_a_paste_and_other_keys_open_nothing` |
//! | a draft is never lost: asked about, printed however the screen ends, kept when the writer quits | `screen_drafts`: `x_asks_once_where_a_draft_stands_and_the_draft_is_printed`, `whatever_ends_a_screen_the_draft_is_printed`, `a_lost_terminal_leaves_the_draft_where_standard_error_goes_and_in_the_transcript`, `a_writers_quit_does_not_end_a_screen_with_a_draft_which_can_still_be_sent`; `tests/letters`: `every_draft_is_known_wherever_one_is_in_the_history` |
//! | commands: one table, completed by Tab, never sent by mistake; `//` sends a slash | `screen_commands`: `a_command_is_completed_and_done_on_both_screens_and_never_sent`, `what_is_no_command_stays_in_the_line_and_two_slashes_send_one`, `save_writes_a_new_file_for_its_owner_alone_and_says_so`, `clear_empties_the_screen_and_the_farewell`; `tests/commands`: `a_paste_is_never_a_command`, `a_line_of_help_stands_above_the_line_while_a_command_is_typed`, `the_help_shows_every_command` |
//! | that the other side types, unless one of them wants none of it | `screen_people`: `typing_is_shown_while_it_lasts_and_puts_nothing_in_the_lane`, `a_command_is_not_typing`, `who_shows_no_typing_sees_none` |
//! | two sides of one name are told apart | `screen_transcript`: `two_sides_of_one_account_are_told_apart_wherever_both_are_shown`; `tests/namesakes`: `two_of_one_name_are_told_apart_by_their_roles_from_the_first_message_on`, `where_names_are_cut_the_roles_stay` |
//! | the right name for each message that waits | `screen_people`: `several_lives_that_wait_have_their_own_names_on_the_screen`, `a_message_that_nobody_put_a_name_to_is_the_other_sides` |
//! | `--bell` | `screen_keys`: `the_bell_rings_when_nobody_looks_and_is_asked_for` |
//! | `--notify`, and the terminal's notifications | `screen_alerts`: `the_command_finds_the_message_in_its_environment_and_runs_none_of_it`, `the_command_hears_every_signal`, `nothing_is_told_while_one_looks_nor_of_what_one_writes_oneself`, `a_command_that_does_not_end_neither_stops_the_screen_nor_runs_twice`, `with_a_bell_terminals_that_show_notifications_show_one` |
//! | F1, from the table of the keys | `screen_keys`: `f1_shows_the_keys_and_f2_the_segment_as_the_kernel_lists_it`; `tests/help`: `the_help_shows_every_row_of_the_table_to_whom_it_is_for` |
//! | F2, the shared memory at work | `screen_keys`: `f1_shows_the_keys_and_f2_the_segment_as_the_kernel_lists_it`, `what_a_hostile_writer_sends_is_digits_in_the_panel`; `tests/panel`: `the_panel` |
//! | `--transcript`, written before the acknowledgement | `screen_transcript`: `a_reader_killed_right_after_it_took_a_message_has_it_in_its_transcript` |
//! | down to one cell, up to 500 columns, while one types | `screen`: `resizing_down_to_one_cell_and_back_does_no_harm`; `tests/screens`: `a_screen_of_one_cell`, `a_screen_of_500_columns_is_used_to_its_edges`; `screen_terminals`: `a_draft_outlives_any_resize_while_it_is_typed` |
//! | a light or a dark terminal, `NO_COLOR`, no cursor | `screen_terminals`: `no_color_means_none_and_colours_are_few_and_the_terminals_own`, `a_dumb_terminal_gets_no_screen_and_a_word_why` |
//! | Ctrl-Z and back; after a panic, a signal, a lost terminal | `screen_terminals`: `ctrl_z_gives_the_terminal_to_the_shell_and_fg_brings_all_back`, `a_panic_gives_the_terminal_back_and_its_report_is_there_to_be_read`; `screen_ends`: `signals_end_a_screen_in_good_order`, `a_writer_whose_terminal_is_lost_ends_and_frees_its_role` |
//! | control and bidirectional characters are visible marks | `text`: `text_from_the_other_side_reaches_no_terminal_raw_in_the_readers_screen_and_its_farewell`; `tests/screens`: `control_and_bidirectional_characters_are_seen_and_not_obeyed` |
//! | a burst neither freezes the keys nor grows the memory | `screen_burst`: `a_hundred_thousand_messages_neither_freeze_the_keys_nor_grow_the_memory`; `tests/keys`: `what_never_stops_arriving_is_let_go_from_the_top` |
//! | nothing is drawn while nothing changes | `idle`: `two_screens_with_nothing_to_say_sleep`, `two_screens_with_a_draft_that_was_seen_being_typed_sleep`, `a_screen_whose_panel_was_closed_sleeps` |
//! | `x` in the reader; an `x` alone and Enter in the writer, `\x` sends it; Esc, and a bare `x` | `screen_ends`: `x_quits_the_reader`, `x_enter_quits_the_writer_and_then_the_reader_ends_with_what_was_said_on_the_ordinary_screen`, `there_are_other_ways_to_quit_and_an_x_can_be_sent`, `a_writers_line_is_left_by_esc_and_then_a_bare_x_quits` |
//! | the last messages stand on the ordinary screen | `screen_ends`: `x_enter_quits_the_writer_and_then_the_reader_ends_with_what_was_said_on_the_ordinary_screen` |
//! | a writer that quit before this reader came does not end its screen; when the reader quits, the writer stays | `screen`: `a_writer_that_quit_before_the_reader_came_does_not_end_its_screen`, `when_the_reader_quits_the_writer_stays_and_what_it_writes_waits_for_the_next` |

use nix::sys::signal::Signal;
use shmchat_tests::{Place, covered};

#[test]
fn typed_lines_appear_on_the_other_side_both_ways() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("hello from alice\r");
    reader.wait_for("alice  hello from alice");
    reader.press("i");
    reader.press("and hi from bob\r");
    writer.wait_for("bob    and hi from bob");
    writer.press("a third\r");
    reader.wait_for("a third");
    reader.press("a fourth\r");
    writer.wait_for("a fourth");
}

#[test]
fn a_reader_that_was_first_sees_the_writer_come() {
    let place = Place::new();
    let (mut writer, reader) = place.screens();
    writer.press("hello\r");
    reader.wait_for("alice  hello");
}

#[test]
fn what_was_written_before_the_reader_came_is_there() {
    let place = Place::new();
    let mut writer = place.writer().args("--name alice").in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("one\rtwo\rthree\r");
    writer.wait_for("3 waiting");
    let reader = place.reader().in_terminal();
    reader.wait_for("three");
    for text in ["one", "two", "three"] {
        assert!(reader.contents().contains(text), "{}", reader.contents());
    }
    writer.wait_until_gone("3 waiting");
}

#[test]
fn two_checks_appear_once_the_reader_has_taken_the_message() {
    let place = Place::new();
    let mut writer = place.writer().in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("hello\r");
    writer.wait_for("✓");
    assert!(!writer.contents().contains("✓✓"), "nobody has taken it:\n{}", writer.contents());
    let reader = place.reader().in_terminal();
    writer.wait_for("✓✓");
    reader.wait_for("hello");
}

#[test]
fn when_the_reader_quits_the_writer_stays_and_what_it_writes_waits_for_the_next() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("before\r");
    reader.wait_for("before");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    writer.wait_for("bob quit; your messages will wait");
    writer.press("after\r");
    writer.wait_for("1 waiting");

    let mut next = place.reader().args("--name carol").in_terminal();
    next.wait_for("alice  after");
    assert!(!next.contents().contains("before"), "taken before: {}", next.contents());
    writer.wait_for("carol ● here");
    writer.press("x\r");
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(next.wait(), Some(0));
    place.assert_nothing_left();
    // It has ended: typing at it now harms nobody.
    next.press("x");
}

#[test]
fn a_writer_that_quit_before_the_reader_came_does_not_end_its_screen() {
    let place = Place::new();
    place.writer().args("--name alice").input("left behind\n").finish();
    let mut reader = place.reader().args("--name bob").in_terminal();
    reader.wait_for("alice  left behind");
    reader.wait_for("alice ○ quit");
    let mut writer = place.writer().args("--name dave").in_terminal();
    // Its own screen must be there: an Enter typed before is a line feed to it, which is Ctrl-J.
    writer.wait_for("● here");
    reader.wait_for("dave ● here");
    writer.press("anyone here?\r");
    reader.wait_for("dave   anyone here?");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
}

#[test]
fn a_killed_writer_is_gone_on_the_readers_screen_and_a_new_one_is_here() {
    let place = Place::new();
    let (writer, reader) = place.screens_writer_first();
    writer.signal(Signal::SIGKILL);
    reader.wait_for("alice ○ gone");
    reader.wait_for("disconnected unexpectedly");
    assert_eq!(writer.wait(), None);
    let mut writer = place.writer().args("--name eve").in_terminal();
    writer.wait_for("● here");
    reader.wait_for("eve ● here");
    writer.press("hello again\r");
    reader.wait_for("hello again");
}

#[test]
fn wide_characters_and_emoji_arrive_intact() {
    const TEXT: &str = "你好 é e\u{301} 👩‍🚀 🏳️‍🌈 한글 ก็ end";
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press(&format!("{TEXT}\r"));
    reader.wait_for("end");
    for piece in ["你好", "é", "e\u{301}", "한글", "ก็"] {
        assert!(reader.contents().contains(piece), "{piece} in\n{}", reader.contents());
    }
    // The parser takes emoji with joiners for several characters; what the terminal got is one piece.
    for piece in ["👩‍🚀", "🏳️‍🌈"] {
        let raw = reader.raw();
        assert!(raw.windows(piece.len()).any(|window| window == piece.as_bytes()), "{piece} in\n{}", reader.contents());
    }
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));

    // And byte by byte, to a reader that is no screen.
    let reader = place.reader().start();
    writer.press(&format!("{TEXT}\rx\r"));
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(reader.wait().stdout, format!("{TEXT}\n").into_bytes());
}

#[test]
fn a_paste_of_several_lines_is_one_message() {
    let place = Place::new();
    let (mut writer, reader) = place.screens_writer_first();
    writer.press("\x1b[200~first line\rx\rthird line\x1b[201~");
    writer.wait_for("third line");
    writer.press("\r");
    reader.wait_for("third line");
    assert!(reader.contents().contains("first line"));
    writer.wait_for("✓✓");
}

#[test]
fn resizing_down_to_one_cell_and_back_does_no_harm() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("hello\r");
    reader.wait_for("hello");
    reader.press("ihi\r\x1b");
    writer.wait_for("hi");
    for (columns, rows) in [(20, 5), (1, 1), (2, 30), (200, 1), (132, 50), (80, 24)] {
        writer.resize(columns, rows);
        reader.resize(columns, rows);
    }
    writer.press("still here\r");
    reader.wait_for("alice  still here");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    reader.assert_restored();
}

#[test]
fn a_resize_while_a_screen_starts_is_not_missed() {
    for _ in 0..20 {
        let place = Place::new();
        let reader = place.reader().in_terminal();
        reader.wait_for("waiting for a writer");
        reader.resize(60, 20);
        // The rule goes from margin to margin of the new width.
        reader.wait_for(&"─".repeat(58));
    }
}

#[test]
fn long_messages_and_many_messages_do_no_harm_to_a_screen() {
    let place = Place::new();
    let mut reader = place.reader().args("--stay").in_terminal();
    reader.wait_for("waiting for a writer");
    let many: String = (0..30_000).map(|number| format!("message {number}\n")).collect();
    place.writer().input(many).finish().assert_well();
    reader.wait_for("message 29999");
    place.writer().input(vec![b'z'; 3 << 20]).finish().assert_well();
    reader.wait_for("more bytes, not shown");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    place.assert_nothing_left();
}

/// What a hostile writer would send, and a stretch of each that must not reach a terminal.
const HOSTILE: &[u8] = b"\x1b]0;pwned\x07\x1b[31;41mred\x1b[2J\x9b2J\xc2\x9b3J \xe2\x80\xaereversed\n";
const FORBIDDEN: [&[u8]; 7] =
    [b"\x1b]0;pwned", b"\x07", b"\x1b[31;41m", b"\x9b2J", b"\xc2\x9b", b"\xe2\x80\xae", b"\x1b[2Jx"];

#[track_caller]
fn assert_harmless(raw: &[u8]) {
    for forbidden in FORBIDDEN {
        let found = raw.windows(forbidden.len()).any(|window| window == forbidden);
        assert!(!found, "{forbidden:?} reached the terminal: {:?}", String::from_utf8_lossy(raw));
    }
}

#[test]
fn escape_sequences_from_a_pipe_never_reach_the_readers_screen() {
    let place = Place::new();
    let writer = place.hostile("named").arg("evil\x1b]0;pwned\x07").held_input().start();
    let mut reader = place.reader().in_terminal();
    reader.wait_for("● here");
    writer.send(HOSTILE);
    reader.wait_for("␛]0;pwned␇␛[31;41mred␛[2J");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    // The last messages stand on the ordinary screen now: what is said there is as harmless.
    reader.wait_for("␛]0;pwned␇␛[31;41mred␛[2J");
    assert_harmless(&reader.raw());
}

#[test]
fn escape_sequences_from_a_pipe_never_reach_a_terminal_without_a_screen() {
    let place = Place::new();
    let mut writer = place.hostile("named").arg("evil\x1b]0;pwned\x07").held_input().start();
    let reader = place.reader().args("--plain -vv").in_terminal();
    reader.wait_for("attached as reader");
    writer.send(HOSTILE);
    reader.wait_for("␛]0;pwned␇␛[31;41mred␛[2J");
    writer.end_input();
    assert_eq!(reader.wait(), Some(0));
    assert_harmless(&reader.raw());
}

#[test]
fn every_test_that_the_table_names_exists() {
    covered::rows(include_str!("screen.rs"));
}
