//! Two channels in one folder, and the steps that are taken with them.

use super::action::{Action, Step};
use super::scene::Scene;

/// Two channels in one folder, which have nothing to do with each other.
pub(crate) struct Stage {
    base: tempfile::TempDir,
    scenes: [Scene; 2],
    /// Makes the bytes of each message others than its neighbours'.
    count: u8,
}

impl Stage {
    pub(crate) fn new() -> Self {
        // In memory where that can be: a disk takes longer over the files than all the rest does.
        let base = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let scenes = ["one", "two"].map(|name| Scene::new(base.path(), name));
        Stage { base, scenes, count: 0 }
    }

    pub(crate) fn step(&mut self, step: &Step) {
        let Step { channel, action, death } = *step;
        let scene = &mut self.scenes[channel];
        match action {
            Action::Start(role, parts) => {
                self.count = self.count.wrapping_add(1);
                scene.start(role, parts, self.count, death);
            }
            Action::Rename(role) => {
                self.count = self.count.wrapping_add(1);
                scene.rename(role, self.count);
            }
            Action::Send(role, form) => {
                self.count = self.count.wrapping_add(1);
                scene.send(role, form, true, self.count, death);
            }
            Action::Put(role, form) => {
                self.count = self.count.wrapping_add(1);
                scene.send(role, form, false, self.count, death);
            }
            Action::Take(role, count, way) => scene.take(role, count.into(), way, death),
            Action::Acknowledge(role) => scene.acknowledge(role, death),
            Action::Sleep(role) => scene.sleep(role, death),
            Action::StandIn(role, shows) => scene.stand_in(role, shows, death),
            Action::Quit(role) => scene.leave(role, true, death),
            Action::Withdraw(role) => scene.leave(role, false, death),
            Action::Kill(role) => scene.kill(role),
            Action::Status => scene.status(),
            Action::Clean { force } => scene.clean(force, death),
            Action::RemoveFolder => scene.remove_folder(self.base.path()),
        }
        for scene in &self.scenes {
            scene.check_awake();
            scene.check_segment();
        }
    }

    /// A last pair takes all that is there, and leaves nothing.
    pub(crate) fn finish(&mut self) {
        for scene in &mut self.scenes {
            scene.finish();
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for scene in &mut self.scenes {
            scene.lives.iter_mut().filter_map(Option::take).for_each(|life| life.endpoint.die());
            let _ = scene.channel.clean(true);
            scene.place.as_ref().map(|place| place.remove());
        }
    }
}
