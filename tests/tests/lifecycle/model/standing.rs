//! Who stands for somebody elsewhere.

use super::scene::{Scene, call};
use shmchat::internals::fault::{Died, Point};
use shmchat::{Presence, Role};

impl Scene {
    /// A role shows something of somebody elsewhere, and before it what it has written.
    pub(crate) fn stand_in(&mut self, role: Role, shows: Presence, death: Option<(Point, u32)>) {
        self.wake(role);
        let Some(life) = self.life(role) else { return };
        let came = call(death, || life.endpoint.stand_in(shows));
        match came {
            Ok(shown) => {
                shown.expect("show");
                self.truth.from(role).show();
                self.shown[role as usize] = Some(shows);
                self.changes[role as usize] += 1;
            }
            Err(Died { passed }) => {
                if passed.contains(&Point::TailStored) {
                    self.truth.from(role).show();
                }
                if passed.contains(&Point::StandInStored) {
                    self.shown[role as usize] = Some(shows);
                }
                return self.dead(role);
            }
        }
        if let Some(other) = self.life(role.other()) {
            other.endpoint.handle_wakeup().expect("attend");
            other.asleep = None;
            assert_eq!(other.endpoint.peer().presence, shows, "what the {} sees", role.other());
        }
    }

    /// A start forgets the quit that the other side shows of somebody elsewhere, if nothing is left to read of it. `found` is
    /// what it believes then, if it still lives.
    pub(super) fn forget_quit(&mut self, role: Role, found: Option<Presence>) {
        let other = role.other();
        if !self.is_alive(other) || self.shown[other as usize] != Some(Presence::Quit) {
            return;
        }
        match (self.truth.to(role).is_empty(), found) {
            (Some(true), _) | (None, Some(Presence::Absent)) => self.shown[other as usize] = Some(Presence::Absent),
            // Nobody knows.
            (None, None) => self.truth.states[other as usize] = None,
            _ => {}
        }
    }
}
