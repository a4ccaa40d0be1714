//! Connects the channel and the model: what arrives goes into the model, what was typed goes into the segment.
//!
//! Only the model's [`peer`](crate::tui::model::PeerStatus) records the other side's presence and what it has
//! acknowledged. Here that is only compared with what the endpoint says now.
use super::files::Files;
use super::outcome::{Error, Options};
use super::panel_sampler::PanelSampler;
use super::reassembly::{KEPT, Reassembly, gather};
use super::typing::TypingNotice;
use crate::text::visible_line;
use crate::tui::alert::Alerter;
use crate::tui::archive::Archive;
use crate::tui::event::{Alert, Effect, Event};
use crate::tui::model::Model;
use crate::tui::outgoing::OutgoingQueue;
use crate::tui::terminal::Screen;
use crate::tui::time;
use crate::tui::update::update;
use nix::poll::PollTimeout;
use shmchat::{Endpoint, Interest, Kind, Message, TryRecvError};
use std::io;
use std::time::SystemTime;

/// How much is received before the screen is drawn and the keys are checked again, in bytes.
const BATCH: usize = 256 << 10;

/// The result of an exchange with the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exchanged {
    /// Messages, and there may be more.
    More,
    /// No message.
    Nothing,
    /// No message, and the other side has quit.
    Quit,
}

/// An endpoint, its screen's model, and everything between the two.
pub(super) struct Session<'e> {
    pub(super) endpoint: &'e mut Endpoint,
    pub(super) model: Model,
    /// What was typed and is still waiting for room.
    pub(super) queue: OutgoingQueue,
    /// A message that is not complete yet.
    reassembly: Option<Reassembly>,
    /// Files in both directions.
    pub(super) files: Files,
    /// Our name, as we gave it.
    me: String,
    /// What the other side was called when we last looked, and which process it was.
    peer_seen: (String, u32),
    archive: Option<Archive>,
    panel_sampler: PanelSampler,
    typing: TypingNotice,
    /// Tells about what arrives while nobody is looking.
    pub(super) alerter: Alerter,
}

impl<'e> Session<'e> {
    /// With a screen of `size`, in columns and rows.
    pub(super) fn new(
        endpoint: &'e mut Endpoint,
        options: &Options,
        archive: Option<Archive>,
        size: (u16, u16),
    ) -> Self {
        endpoint.receiver().set_message_limit(KEPT);
        let channel = endpoint.segment().channel.to_string();
        let alerter = Alerter::new(&channel, options.beep, options.notify.as_deref());
        let today = time::now().date();
        let model = Model::new(endpoint.role(), channel, options.me.clone(), size, options.color, today);
        Session {
            files: Files::new(endpoint.capacity()),
            endpoint,
            model: model.with_alerts(alerter.is_on()),
            alerter,
            queue: OutgoingQueue::default(),
            reassembly: None,
            me: options.me.clone(),
            peer_seen: Default::default(),
            archive,
            panel_sampler: PanelSampler::default(),
            typing: TypingNotice::new(options.typing),
        }
    }

    /// Serves the channel in both directions.
    pub(super) fn exchange(&mut self, screen: &mut Screen) -> Result<Exchanged, Error> {
        // A writer that came since the last wakeup is known before its messages are taken: by its name, and so that its quit is
        // told from the quit of one that was never here.
        self.endpoint.handle_wakeup()?;
        self.update_presence();
        self.typing.show(self.endpoint, &mut self.model);
        self.files.follow(self.endpoint.peer(), false);
        let received = self.receive(screen)?;
        self.files.follow(self.endpoint.peer(), received != Exchanged::More);
        // What was acknowledged makes way for more of a file.
        self.update_acknowledged()?;
        self.send()?;
        // After the message that ends the typing.
        self.typing.tell(self.endpoint, self.model.input.text())?;
        let moved = self.update_acknowledged()?;
        let goes_on = moved && self.files.is_sending() && received == Exchanged::Nothing;
        self.tell_files()?;
        Ok(if goes_on { Exchanged::More } else { received })
    }

    /// Arms the doorbell. Returns false if there is something to do already.
    pub(super) fn arm(&mut self) -> Result<bool, Error> {
        let interest = Interest {
            message: true,
            room: !self.queue.is_empty() || self.files.waits_for_room(),
            acknowledged: self.model.peer.owes_acknowledgement() || self.files.waits_for_acknowledgement(),
            delivered: false,
        };
        Ok(self.endpoint.arm(interest)?)
    }

    /// The longest to sleep: for ever, unless the panel is open or the other side types.
    pub(super) fn longest_sleep(&self) -> PollTimeout {
        let sample = self.model.panel_is_open().then(|| self.panel_sampler.until_next());
        let next = sample.into_iter().chain(self.typing.until_fades(self.endpoint)).min();
        // Rounded up, so that the loop does not spin through the last millisecond.
        next.map_or(PollTimeout::NONE, |next| {
            u16::try_from(next.as_micros().div_ceil(1000)).map_or(PollTimeout::MAX, PollTimeout::from)
        })
    }

    /// Samples the segment, if the panel is open and it is time.
    pub(super) fn sample(&mut self) {
        if !self.model.panel_is_open() {
            self.panel_sampler.rest();
        } else if let Some(sample) = self.panel_sampler.sample(self.endpoint) {
            update(&mut self.model, Event::Sampled(Box::new(sample)));
        }
    }

    /// The screen may have another size now.
    pub(super) fn update_size(&mut self, screen: &Screen) -> io::Result<()> {
        let (width, height) = screen.size()?;
        update(&mut self.model, Event::Resize(width, height));
        Ok(())
    }

    fn receive(&mut self, screen: &mut Screen) -> Result<Exchanged, Error> {
        let Session { endpoint, model, reassembly, files, archive, panel_sampler, .. } = self;
        let mut alert = None;
        let received = endpoint.receiver().try_recv_batch(BATCH, |message| {
            if message.envelope.kind == Kind::File {
                files.receive(&message);
                alert = newest_alert(files.tell(model, archive.as_mut())).or(alert.take());
                return;
            }
            if let Some(archive) = archive {
                archive.add(&Message { from: &model.their_label(message.from), ..message });
            }
            if let Some(event) = gather(reassembly, message) {
                panel_sampler.count(1);
                // Once for everything that arrives together: the newest is told.
                alert = newest_alert(update(model, event)).or(alert.take());
            }
        });
        if let Some(archive) = archive
            && let Err(error) = archive.write()
        {
            // It waits for a reader that can write it.
            endpoint.receiver().take_ahead();
            return Err(error.into());
        }
        let received = match received {
            Ok(_) => Exchanged::More,
            Err(TryRecvError::Empty) => Exchanged::Nothing,
            Err(TryRecvError::Quit) => Exchanged::Quit,
            Err(TryRecvError::Channel(error)) => return Err(error.into()),
        };
        // In the model means on the screen: what was shown is acknowledged before we sleep.
        endpoint.receiver().acknowledge()?;
        if let Some(alert) = alert {
            self.alerter.tell(alert, screen)?;
        }
        if let Some(why) = self.alerter.failure() {
            update(&mut self.model, Event::Notice(why));
        }
        Ok(received)
    }

    /// Puts what was typed into the segment, as far as there is room.
    pub(super) fn send(&mut self) -> Result<(), Error> {
        self.send_texts()?;
        // Behind what was typed, so that no message waits behind a file.
        if self.queue.is_empty() && self.files.send(self.endpoint)? {
            self.update_backlog()?;
        }
        Ok(())
    }

    fn send_texts(&mut self) -> Result<(), Error> {
        if self.queue.is_empty() {
            return Ok(());
        }
        let sent = self.queue.send(self.endpoint)?;
        self.panel_sampler.count(sent.len());
        for sent in &sent {
            let at = time::local_time(sent.clock).unwrap_or_default();
            update(&mut self.model, Event::Sent { id: sent.id, at, seq: sent.seq });
            if let Some(archive) = &mut self.archive {
                let from = self.model.our_label(&sent.from);
                archive.add_ours(&from, sent.kind, &sent.text, sent.seq, sent.clock);
            }
        }
        if let Some(archive) = &mut self.archive {
            archive.write()?;
        }
        if !sent.is_empty() {
            self.update_backlog()?;
        }
        Ok(())
    }

    /// Updates what we have waiting for the other side, including messages of earlier runs.
    pub(super) fn update_backlog(&mut self) -> Result<(), Error> {
        let mut backlog = self.endpoint.sender().backlog()?;
        // Pieces of a file are no messages to anybody.
        backlog.messages = backlog.messages.saturating_sub(self.files.frames_in_flight());
        update(&mut self.model, Event::Backlog(backlog));
        Ok(())
    }

    /// Returns whether there was news.
    fn update_acknowledged(&mut self) -> Result<bool, Error> {
        let below = self.endpoint.sender().acknowledged()?;
        let moved = below > self.model.peer.acknowledged();
        if moved {
            update(&mut self.model, Event::Acknowledged { below });
            self.files.acknowledged(below);
            self.update_backlog()?;
        }
        Ok(moved)
    }

    /// Says what there is to say about files.
    fn tell_files(&mut self) -> Result<(), Error> {
        // No offer among it, so nothing to alert anybody to.
        self.files.tell(&mut self.model, self.archive.as_mut());
        if let Some(archive) = &mut self.archive {
            archive.write()?;
        }
        Ok(())
    }

    fn update_presence(&mut self) {
        let peer = self.endpoint.peer();
        let (was, pid) = &self.peer_seen;
        let is_news = peer.presence != self.model.peer.presence();
        if !is_news && peer.name == *was && peer.pid == *pid {
            return;
        }
        let renamed = !is_news && peer.pid == *pid && !was.is_empty() && !peer.name.is_empty() && peer.name != *was;
        let notice = renamed.then(|| format!("{} is now {}", visible_line(was), visible_line(&peer.name)));
        let event = Event::Presence { who: peer.name.clone(), now: peer.presence, at: Some(time::now()) };
        self.peer_seen = (peer.name.clone(), peer.pid);
        update(&mut self.model, event);
        if let Some(notice) = notice {
            update(&mut self.model, Event::Notice(notice));
        }
    }

    /// Writes the drafts into the transcript, because there may be no terminal left to print them on.
    pub(super) fn keep_drafts(&mut self) {
        let Some(archive) = &mut self.archive else { return };
        for draft in self.model.drafts() {
            archive.add_draft(&self.me, draft.trim_end_matches('\n'), SystemTime::now());
        }
        // Whoever could be told is gone too.
        let _ = archive.write();
    }

    /// Queues a text of ours.
    pub(super) fn queue_text(&mut self, id: u64, kind: Kind, text: String) {
        self.queue.push(id, kind, &self.me, text);
    }

    /// Sends under this name from now on. What is queued keeps the name it was written under.
    pub(super) fn rename(&mut self, name: String) -> Result<(), Error> {
        self.endpoint.set_display_name(&name)?;
        self.me = name;
        Ok(())
    }
}

/// The last alert that the screen asks for.
fn newest_alert(effects: Vec<Effect>) -> Option<Alert> {
    effects.into_iter().rev().find_map(|effect| if let Effect::Alert(alert) = effect { Some(alert) } else { None })
}
