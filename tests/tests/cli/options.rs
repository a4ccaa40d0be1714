//! What stands in which test: every option, exit code and sentence of the command line. The first test holds this table against
//! the programs and the tests; the others are for what no other file covers.
//!
//! | what | covered by |
//! | --- | --- |
//! | `CHANNEL`, a name; `lobby` if none is given | `usage`: `a_channel_name_that_is_none_is_wrong_usage`, `the_longest_and_the_oddest_channel_names_work`, `channels_do_not_hear_each_other` |
//! | both ends terminals: the screen | `screen`: `typed_lines_appear_on_the_other_side_both_ways` |
//! | `--plain`, or a pipe: standard input to standard output | `plain`: `a_line_that_is_just_x_quits_the_writer`; `pipe`: `a_million_lines_arrive_in_order`, `any_bytes_pass_unchanged` |
//! | nothing else goes to standard output | `logging`: `on_the_screen_the_same_lines_go_to_standard_error_and_nothing_to_standard_output` |
//! | `writer` in a pipe returns once all is in the segment | `orders`: `writer_gone_before_the_reader_starts` |
//! | `reader` in a pipe flushes before it sleeps | `pipe`: `each_line_comes_out_before_the_next_goes_in` |
//! | it ends when the writer quits; `--stay` waits for the next | `orders`: `reader_first`; `pipe`: `a_reader_that_stays_waits_for_the_next_writer` |
//! | a killed writer is not a quit | `recovery`: `a_reader_outlives_a_killed_writer_and_goes_on_with_the_next` |
//! | `--name` | `options`: `the_name_the_other_side_sees_is_the_one_given_or_the_users`, `a_name_that_cannot_be_shown_is_wrong_usage`; `screen`: `a_reader_that_was_first_sees_the_writer_come` |
//! | `--capacity` | `options`: `a_capacity_counts_for_who_creates_the_segment`, `sizes_as_people_write_them_that_are_none_are_wrong_usage`; `usage`: `a_capacity_that_is_no_power_of_two_in_range_is_wrong_usage` |
//! | `--sync` | `options`: `syncing_what_is_on_no_disk_is_wrong_usage_that_says_why`; `reboot`: `a_message_whose_sender_dies_before_it_is_shown_is_not_there_in_this_boot_nor_in_the_next` |
//! | `--framing line`, `raw` | `pipe`: `any_bytes_pass_unchanged`; `raw`: `any_bytes_pass_unchanged_from_a_file_to_a_file`, `a_framing_that_is_none_is_wrong_usage` |
//! | `--framing nul`, `-0` | `framings`: `any_messages_pass_unchanged_up_to_each_nul`, `short_and_long_for_the_same_do_not_go_together` |
//! | `--framing json`, `--on-error` | `framings`: `any_messages_pass_unchanged_through_json_and_once_more`, `a_line_that_is_no_message_ends_the_writer_and_what_came_before_it_is_sent`, `lines_that_are_no_messages_are_skipped_where_that_is_asked_for` |
//! | `--timeout` | `usage`: `giving_up_is_code_3`; `options`: `a_timeout_that_is_no_number_of_seconds_is_wrong_usage` |
//! | `--dir` | every test; `options`: `a_folder_without_rights_is_one_line_and_nothing_is_made`; the default one, `rights`: `the_default_place_is_made_for_its_owner_alone` |
//! | `--memory` | `memory`: `a_start_finds_whatever_kind_is_there`, `what_waits_in_a_file_outlives_a_reboot_and_is_shown_kept_and_delivered`; `options`: `a_kind_of_memory_that_is_none_or_has_no_key_is_wrong_usage` |
//! | `--key-file`, `--project-id` | `key_file`: `both_sides_meet_at_ftok_of_the_file_which_is_only_looked_at`, `a_project_id_alone_is_that_of_the_channels_own_key_file` |
//! | `--mode`, `--group` | `group`: `mode_and_group_open_a_channel_to_the_group_and_to_no_more`, `a_group_is_never_let_in_by_half_a_request` |
//! | 0600 by default | `rights`: `the_default_stays_0600_with_folder_0700_also_under_a_lax_umask` |
//! | `--log-level`, `-q` `--quiet`, `-v` `--verbose` | `logging`: `the_level_is_what_log_level_says_else_quiet_or_verbose_else_warning` |
//! | `--log-to` | `logging`: `a_folder_has_a_file_for_each_level_and_each_its_own_lines_alone`, `one_file_is_appended_to_however_large_and_is_its_owners_alone`, `while_the_chat_is_drawn_nothing_is_logged_onto_it` |
//! | `--bell` | `screen_keys`: `the_bell_rings_when_nobody_looks_and_is_asked_for` |
//! | `--no-typing` | `screen_people`: `who_shows_no_typing_sees_none` |
//! | `--notify` | `screen_alerts`: `the_command_finds_the_message_in_its_environment_and_runs_none_of_it`, `nothing_is_told_while_one_looks_nor_of_what_one_writes_oneself` |
//! | `--transcript` | `screen_transcript`: `both_sides_keep_what_both_said`, `a_reader_killed_right_after_it_took_a_message_has_it_in_its_transcript`, `in_a_pipe_there_is_no_transcript` |
//! | `--color`, `NO_COLOR` | `options`: `colours_are_there_as_asked_for` |
//! | `--config`, `--no-config`, `--show-config` | `config`: `the_file_is_looked_for_where_the_base_directories_say`, `both_programs_obey_the_file_and_what_is_typed_wins`, `every_long_option_of_either_program_is_known_to_both` |
//! | `-h` `--help`, `-V` `--version` | `help`: `the_short_help_fits_a_screen_with_a_line_for_each_option`, `the_long_help_has_the_options_of_the_short_one_and_those_that_few_need`, `the_version_is_the_packages` |
//! | `--completions`, `--man` | `help`: `completions_name_every_option_and_are_what_the_shell_can_read`, `the_man_page_has_every_option_every_exit_code_and_its_sections` |
//! | `--count` | `counted`: `any_counts_in_turn_make_up_all`, `a_writer_that_quits_before_ends_it_too` |
//! | `--wait-delivered` | `delivered`: `it_waits_for_the_reader_that_comes_and_ends_when_all_is_taken` |
//! | `--on-full` | `on_full`: `a_full_lane_ends_a_writer_that_is_not_to_wait`, `messages_that_find_no_room_are_dropped_whole_and_counted` |
//! | `--exec`, `{}` | `commands`: `a_message_is_its_commands_input_and_stands_in_its_arguments`, `what_follows_the_semicolon_is_the_readers_again`, `a_command_that_does_not_exist_is_found_before_anything_is_made` |
//! | `--shell`, and what a command finds in its environment | `commands`: `the_environment_says_which_message_it_is_and_the_same_when_it_is_run_again`, `a_command_inherits_no_descriptor_no_blocked_signal_and_no_umask_of_ours` |
//! | `--worker` | `workers`: `a_slow_worker_holds_up_no_other`, `workers_speak_json_and_name_the_message`, `a_worker_that_dies_is_replaced_and_its_message_has_failed` |
//! | `--jobs`, `--ahead` | `commands`: `more_jobs_than_the_system_has_room_for_are_done_with_fewer`; `workers`: `a_single_worker_is_never_kept_waiting_and_answers_in_order`; `kill_loop`: `killed_at_any_instant_every_message_is_done_and_few_twice` |
//! | `--retries`, `--backoff`, `--dead-letter`, `--log-jobs` | `failing`: `a_message_that_failed_for_good_goes_to_the_dead_letters_and_can_be_sent_again`, `without_a_file_for_it_the_reader_stops_and_the_message_stays` |
//! | `--job-timeout` | `failing`: `a_command_that_takes_too_long_is_ended_with_all_that_it_started` |
//! | `--halt` | `failing`: `a_limit_on_failures_stops_the_pool` |
//! | `--keep-order`, `--line-buffer` | `ordered`: `outputs_come_in_the_order_of_ending_or_of_messages`, `lines_are_mixed_only_if_asked_for` |
//! | `--reply`, `--replies` | `replies`: `each_message_is_answered_and_the_writer_ends_when_all_are` |
//! | `--status`, `--json` | `status`: `a_writer_shows_what_a_reader_shows`, `who_is_there_who_died_and_who_quit_are_told_apart`, `looking_changes_nothing_of_a_channel_at_rest_and_wakes_nobody` |
//! | the same of memory whose folder is gone | `clean`: `a_memory_whose_folder_is_gone_is_listed_and_removed_when_nobody_needs_it` |
//! | `--all` | `forget`: `status_lists_the_channels_in_use_and_all_of_them_if_asked` |
//! | `--forget` | `forget`: `a_channel_that_nobody_uses_is_forgotten_with_its_folder`, `a_folder_with_something_else_in_it_stays_which_only_forget_minds` |
//! | `--clean`, `--force` | `recovery`: `what_killed_processes_left_is_removed_by_clean`, `clean_removes_neither_what_waits_nor_where_someone_lives` |
//! | `x` quits at a keyboard | `plain`: `a_line_that_is_just_x_quits_the_writer`, `a_line_that_is_just_x_quits_the_reader` |
//! | in a pipe `x` is a message | `pipe`: `in_a_pipe_an_x_is_a_message_like_any_other` |
//! | Ctrl-D on an empty line and Ctrl-C quit | `plain`: `ctrl_d_on_an_empty_line_and_ctrl_c_quit` |
//! | SIGINT, SIGTERM, SIGHUP quit in good order, 128+n, and the other is told | `signals`: `a_plain_program_on_a_terminal_ends_in_good_order_and_tells_the_other`; `pipe`: `signals_end_a_sleeping_reader_in_good_order` |
//! | a writer that quit before this reader came ends it, in a pipe | `orders`: `writer_gone_before_the_reader_starts` |
//! | when the reader quits the writer stays | `plain`: `a_line_that_is_just_x_quits_the_reader` |
//! | exit code 0 | every test |
//! | exit code 1, an error | `usage`: `a_folder_that_cannot_be_made_is_one_line`; `pipe`: `a_full_disk_is_one_line_and_code_1_and_loses_nothing` |
//! | exit code 2, wrong usage, and nothing half done | `usage`: `an_unknown_option_is_wrong_usage_with_a_suggestion`; `options`: `wrong_usage_is_one_line_and_makes_nothing` |
//! | exit code 3, timeout | `usage`: `giving_up_is_code_3` |
//! | exit code 4, the role is taken | `usage`: `a_taken_role_is_code_4_and_names_who_has_it` |
//! | exit code 5, foreign, corrupt or of another version | `usage`: `a_segment_that_makes_no_sense_is_code_5_and_no_crash`; `foreign`: `a_segment_of_another_version_is_code_5_and_the_command_that_is_named_mends_it` |
//! | a broken pipe on standard output ends quietly | `pipe`: `a_standard_output_that_is_closed_after_the_first_lines_ends_the_reader_quietly` |
//! | an error is one line with what, which, and the command that mends it | `usage`: `a_channel_folder_open_to_others_is_refused_with_the_command_that_closes_it`; `foreign`: `a_segment_with_wider_rights_is_code_5_and_the_command_that_is_named_mends_it` |

use nix::unistd::{User, getuid};
use shmchat_tests::covered::{self, quoted};
use shmchat_tests::{Place, Run, is_root};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

/// The options that a program knows: long ones, and short ones without a long name.
fn known_options() -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for program in ["reader", "writer"] {
        let help = String::from_utf8(Run::bare(program).args("--help").finish().stdout).expect("UTF-8");
        // `- ` begins one of an option's values.
        let is_option = |line: &&str| line.trim_start().starts_with('-') && !line.trim_start().starts_with("- ");
        for line in help.lines().filter(|line| line.starts_with(' ')).filter(is_option) {
            let spec = line.trim_start().split("  ").next().expect("a line has a beginning");
            let names: Vec<_> = spec.split([' ', ',']).filter(|word| word.starts_with('-')).collect();
            let name = names.last().expect("an option has a name").trim_end_matches("...");
            known.insert(name.to_owned());
        }
    }
    known
}

#[test]
fn every_option_stands_in_the_table_and_every_test_that_the_table_names_exists() {
    let known = known_options();
    assert!(known.len() > 15 && known.contains("--capacity"), "{known:?}");
    let mut covered = BTreeSet::new();
    for (what, by) in covered::rows(include_str!("options.rs")) {
        let options: Vec<_> =
            quoted(what).filter_map(|word| word.split(' ').next()).filter(|word| word.starts_with('-')).collect();
        covered.extend(options.iter().map(|&option| option.to_owned()));
        // `-q` is another name of `--quiet`.
        let long = |option: &&str| option.starts_with("--") || *option == "-0";
        for option in options.iter().filter(|option| long(option)) {
            assert!(known.contains(*option), "no program knows {option}, said to be covered by {by}");
        }
    }
    let missing: Vec<_> = known.difference(&covered).collect();
    assert_eq!(missing, [""; 0], "options that the table does not have");
}

#[test]
fn wrong_usage_is_one_line_and_makes_nothing() {
    let place = Place::new();
    let logs = place.dir().join("logs/");
    for program in ["reader", "writer"] {
        let run = || place.at(place.dir())(program).arg("--log-to").arg(&logs);
        for (args, told) in [
            ("--nmae alice", "'--name'"),
            ("--logto x", "'--log-to'"),
            ("--name alice --name bob", "--name"),
            ("--capacity", "--capacity"),
            ("--framing sometimes", "line"),
            ("--color sometimes", "never"),
            ("--mode 0777", "0660"),
            ("--mode 0660", "--group NAME"),
            ("--mode 0660 --group no-such-group", "getent group"),
            ("--plain=yes", "--plain"),
            ("one two", "two"),
            ("-x", "-x"),
        ] {
            run().args(args).finish().assert_one_line(2, &[told, "--help"]);
        }
        // Bytes that are no text.
        run().arg("--name").arg(OsStr::from_bytes(b"\xff")).finish().assert_one_line(2, &["--help"]);
        run().arg(OsStr::from_bytes(b"\xff")).finish().assert_one_line(2, &["--help"]);
    }
    assert_eq!(fs::read_dir(place.dir()).expect("the folder").count(), 0, "nothing was made, no log either");
}

#[test]
fn syncing_what_is_on_no_disk_is_wrong_usage_that_says_why() {
    let place = Place::new();
    for program in ["reader", "writer"] {
        for args in ["--sync", "--sync --memory sysv", "--sync --memory posix"] {
            let run = Run::bare(program).arg("--dir").arg(place.dir()).args(args);
            run.finish().assert_one_line(2, &["--sync", "--memory file", "--help"]);
        }
    }
    assert_eq!(fs::read_dir(place.dir()).expect("the folder").count(), 0, "nothing was made");
}

#[test]
fn sizes_as_people_write_them_that_are_none_are_wrong_usage() {
    let place = Place::new();
    for size in ["3MB", "0", "1e9", "1MB", "64kib", "64 KiB", "65537", "1.5MiB", "lots", "-1", "18446744073709551616"] {
        for program in ["reader", "writer"] {
            let ended = place.at(place.dir())(program).arg(format!("--capacity={size}")).finish();
            ended.assert_one_line(2, &[&format!("'{size}'"), "a power of two from 64KiB to 1GiB", "such as 1MiB"]);
        }
    }
    assert_eq!(fs::read_dir(place.dir()).expect("the folder").count(), 0, "nothing was made");
}

#[test]
fn a_capacity_counts_for_who_creates_the_segment() {
    let place = Place::new();
    for (size, bytes) in [("64KiB", 65_536), ("131072", 131_072), ("1MiB", 1_048_576)] {
        let first = place.writer().arg("-v").arg(format!("--capacity={size}")).input("waits\n").finish();
        assert!(first.stderr.contains(&format!("lanes of {bytes} bytes")), "{}", first.stderr);
        // The segment that is there keeps its size.
        let second = place.reader().args("-v --capacity 256KiB").finish();
        assert!(second.stderr.contains(&format!("lanes of {bytes} bytes")), "{}", second.stderr);
        place.assert_nothing_left();
    }
}

#[test]
fn a_timeout_that_is_no_number_of_seconds_is_wrong_usage() {
    let place = Place::new();
    for text in ["soon", "", "nan", "inf", "-1", "1e10", "1s"] {
        for program in ["reader", "writer"] {
            let ended = place.at(place.dir())(program).arg(format!("--timeout={text}")).finish();
            ended.assert_one_line(2, &["--timeout", "a number of seconds"]);
        }
    }
    assert_eq!(fs::read_dir(place.dir()).expect("the folder").count(), 0, "nothing was made");
}

#[test]
fn the_name_the_other_side_sees_is_the_one_given_or_the_users() {
    // A user's number need not be in the list.
    let user = User::from_uid(getuid()).expect("the list of users").map_or(getuid().to_string(), |user| user.name);
    for (args, name) in [("", user.as_str()), ("--name bob", "bob"), ("--name=你好", "你好")] {
        let place = Place::new();
        let reader = place.reader().args("-v").start();
        reader.wait_attached();
        let writer = place.writer().args(args).finish();
        writer.assert_well();
        let told = reader.wait().stderr;
        assert!(
            told.contains(&format!("the writer \"{name}\" is here")) || told.contains("the writer has quit"),
            "{told}"
        );
        // On the screen it stands for sure.
        let reader = place.reader().in_terminal();
        reader.wait_for("waiting for a writer");
        let _writer = place.writer().args(args).held_input().start();
        reader.wait_for(&format!("{name} ● here"));
    }
}

#[test]
fn a_name_that_cannot_be_shown_is_wrong_usage() {
    let place = Place::new();
    let long = "n".repeat(65);
    for (name, told) in [
        ("", "can see"),
        (" \u{3000}", "can see"),
        ("a\u{1b}[31mb", "a␛[31mb"),
        ("a\nb", "a␊b"),
        ("a\tb", "a␉b"),
        ("a\u{202e}b", "a⟨U+202E⟩b"),
        ("a\u{200b}b", "a⟨U+200B⟩b"),
        (&long, "64 bytes"),
    ] {
        for program in ["reader", "writer"] {
            let ended = place.at(place.dir())(program).arg(format!("--name={name}")).finish();
            ended.assert_one_line(2, &["--name", told, "--help"]);
            assert!(!ended.stderr.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{:?}", ended.stderr);
        }
    }
    assert_eq!(fs::read_dir(place.dir()).expect("the folder").count(), 0, "nothing was made");
}

#[test]
fn a_folder_without_rights_is_one_line_and_nothing_is_made() {
    let as_root = is_root();
    let place = if as_root { Place::for_all_users() } else { Place::new() };
    let closed = place.dir().join("closed");
    fs::create_dir(&closed).expect("a folder");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("chmod");
    for program in ["reader", "writer"] {
        let run = Run::new(program, &closed);
        // Root may write anywhere.
        let run = if as_root { run.as_user(65_534, 65_534, &place.programs()) } else { run };
        run.finish().assert_one_line(1, &[&closed.display().to_string(), "--dir"]);
    }
    assert_eq!(fs::read_dir(&closed).expect("the folder").count(), 0);
}

/// Whether a terminal was told to use a colour: see ECMA-48, 8.3.117. 39 and 49 ask for the terminal's own.
fn has_colour(raw: &[u8]) -> bool {
    let text = String::from_utf8_lossy(raw);
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|one: char| !one.is_ascii_digit() && one != ';')?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    let colour = |number: u16| matches!(number, 30..=38 | 40..=48 | 90..=97 | 100..=107);
    sequences.flat_map(|one| one.split(';').filter_map(|n| n.parse().ok()).collect::<Vec<_>>()).any(colour)
}

#[test]
fn colours_are_there_as_asked_for() {
    for (args, no_color, wanted) in [
        ("", None, true),
        ("--color auto", Some(""), true),
        ("--color auto", Some("1"), false),
        ("--color always", Some("1"), true),
        ("--color never", None, false),
    ] {
        let place = Place::new();
        let writer = place.writer().args(args).args("--name alice");
        let writer = if let Some(value) = no_color { writer.env("NO_COLOR", value) } else { writer };
        let mut writer = writer.in_terminal();
        let reader = place.reader().args("--name bob").in_terminal();
        writer.wait_for("bob ● here");
        writer.press("hello\r");
        writer.wait_for("✓✓");
        assert_eq!(has_colour(&writer.raw()), wanted, "{args} NO_COLOR={no_color:?}");
        drop((writer, reader));
    }
}

#[test]
fn a_kind_of_memory_that_is_none_or_has_no_key_is_wrong_usage() {
    let place = Place::new();
    for program in ["writer", "reader"] {
        let run = || Run::bare(program).arg("--dir").arg(place.dir());
        run().args("--memory mmap").finish().assert_one_line(2, &["'mmap'", "sysv, posix, file"]);
        for key in ["--project-id 7", "--key-file /etc/passwd"] {
            for kind in ["posix", "file"] {
                let ended = run().args(key).args("--memory").arg(kind).finish();
                ended.assert_one_line(2, &["--key-file and --project-id", "--memory sysv"]);
            }
        }
    }
    assert!(!place.folder().exists(), "nothing half done");
}
