//! A named POSIX semaphore: what two processes may sleep on beside a FIFO. It has no descriptor to poll, and nobody is woken
//! where the process that should post dies. <https://man7.org/linux/man-pages/man7/sem_overview.7.html>

use crate::mechanism::Reason;
use nix::errno::Errno;
use std::ffi::{CString, c_uint};
use std::ptr::NonNull;

/// A semaphore whose name is gone already.
pub(crate) struct Semaphore(NonNull<libc::sem_t>);

// SAFETY: a semaphore is there to be used by several at once.
unsafe impl Send for Semaphore {}
// SAFETY: as above.
unsafe impl Sync for Semaphore {}

impl Semaphore {
    pub(crate) fn new(name: &str, count: usize) -> Result<Self, Reason> {
        let name = CString::new(name)?;
        let flags = libc::O_CREAT | libc::O_EXCL;
        let (mode, count) = (0o600 as libc::mode_t, c_uint::try_from(count)?);
        // SAFETY: the name ends in a zero byte, and mode and count are what these flags ask for.
        let semaphore = unsafe { libc::sem_open(name.as_ptr(), flags, mode, count) };
        let semaphore = Semaphore(NonNull::new(semaphore).ok_or_else(Errno::last)?);
        // SAFETY: the name ends in a zero byte.
        Errno::result(unsafe { libc::sem_unlink(name.as_ptr()) })?;
        Ok(semaphore)
    }

    #[inline]
    pub(crate) fn wait(&self) -> Result<(), Errno> {
        // SAFETY: it is open until it is dropped.
        Errno::result(unsafe { libc::sem_wait(self.0.as_ptr()) }).map(drop)
    }

    /// Takes one if there is one.
    #[inline]
    pub(crate) fn try_wait(&self) -> Result<bool, Errno> {
        // SAFETY: it is open until it is dropped.
        match Errno::result(unsafe { libc::sem_trywait(self.0.as_ptr()) }) {
            Ok(_) => Ok(true),
            Err(Errno::EAGAIN) => Ok(false),
            Err(errno) => Err(errno),
        }
    }

    #[inline]
    pub(crate) fn post(&self) -> Result<(), Errno> {
        // SAFETY: it is open until it is dropped.
        Errno::result(unsafe { libc::sem_post(self.0.as_ptr()) }).map(drop)
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // SAFETY: it is open, and nobody uses it any more.
        unsafe { libc::sem_close(self.0.as_ptr()) };
    }
}
