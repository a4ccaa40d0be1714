//! Living on where somebody has cut a mapped file short.
//!
//! A load or store behind the end of a mapped file is a `SIGBUS`, which ends the process. So the handler here does what
//! systemd's journal does (`src/basic/sigbus.c`): if the address is in one of our mappings, it puts a page of zeros there,
//! marks the mapping as cut, and lets the access happen. Whoever uses the mapping looks at the mark afterwards: what it
//! has loaded may be zeros, and what it has stored is lost.
//!
//! A signal's handler belongs to the whole program, so a library's user has to ask for this one: [`handle_sigbus`]. Any other
//! `SIGBUS` goes where it went before.
//!
//! This is one of the five modules of the library that contain `unsafe`: for the handler, and for the page.

#![allow(unsafe_code)]

use nix::errno::Errno;
use nix::unistd::{SysconfVar, sysconf};
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, compiler_fence};

/// Mappings that are watched at a time. The handler must not wait for a lock, so they stand in a table of a fixed size. A
/// process that has more channels open than this dies of the signal where the table is full.
const MOST: usize = 256;

static TABLE: [Entry; MOST] = [const { Entry::free() }; MOST];

/// What the handler needs, set before it is: the size of a page, and who got the signal before.
static BEFORE: OnceLock<Before> = OnceLock::new();

struct Before {
    page: usize,
    action: libc::sigaction,
}

struct Entry {
    /// The first address; 0 if the entry is free, and [`TAKEN`](Self::TAKEN) is none either.
    base: AtomicUsize,
    bytes: AtomicUsize,
    is_cut: AtomicBool,
}

impl Entry {
    /// Being filled in: no mapping begins here.
    const TAKEN: usize = 1;

    const fn free() -> Self {
        Entry { base: AtomicUsize::new(0), bytes: AtomicUsize::new(0), is_cut: AtomicBool::new(false) }
    }
}

/// Lets this process live on where somebody cuts short a file that one of its channels lies in: calls about that channel then
/// fail with [`Error::Cut`](crate::Error::Cut). Without this, the first access behind the file's end is a `SIGBUS`, which ends
/// the process. Only channels of the kinds `posix` and `file` can meet this.
///
/// It installs a handler of that signal for the whole process, once, which passes on what is not about a channel. It covers
/// 256 mappings at a time, one for each open channel.
///
/// ```
/// shmchat::handle_sigbus()?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// If the system refuses to install it.
pub fn handle_sigbus() -> std::io::Result<()> {
    install().map_err(std::io::Error::from)
}

fn install() -> Result<(), Errno> {
    if BEFORE.get().is_some() {
        return Ok(());
    }
    let page = sysconf(SysconfVar::PAGE_SIZE)?.and_then(|bytes| usize::try_from(bytes).ok()).ok_or(Errno::EINVAL)?;
    let mut before = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action, sigaction writes the present one to the pointer, which points to room for one.
    let asked = unsafe { libc::sigaction(libc::SIGBUS, std::ptr::null(), before.as_mut_ptr()) };
    Errno::result(asked)?;
    // SAFETY: it was zero, which is a valid action (the default one), and the call has filled it in.
    let action = unsafe { before.assume_init() };
    if BEFORE.set(Before { page, action }).is_err() {
        // Another thread does the rest.
        return Ok(());
    }
    let ours = libc::sigaction {
        sa_sigaction: handle as *const () as usize,
        // Not blocked while it runs, so that a second fault in it ends the process instead of hanging it.
        sa_flags: libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER,
        ..action
    };
    // SAFETY: the action is whole, and its handler calls nothing but mmap, sigaction and raise, and loads and stores
    // atomics: all of them may happen at any point of a program.
    let installed = unsafe { libc::sigaction(libc::SIGBUS, &raw const ours, std::ptr::null_mut()) };
    Errno::result(installed).map(drop)
}

/// A mapping that the handler knows.
#[derive(Debug)]
pub(super) struct Watched(usize);

impl Watched {
    /// Tells the handler of a mapping; `None` if the table is full. Drop this before the mapping goes.
    pub(super) fn new(base: NonNull<c_void>, bytes: usize) -> Option<Self> {
        let is_taken =
            |entry: &Entry| entry.base.compare_exchange(0, Entry::TAKEN, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        let index = TABLE.iter().position(is_taken)?;
        let entry = &TABLE[index];
        entry.is_cut.store(false, Ordering::Relaxed);
        entry.bytes.store(bytes, Ordering::Relaxed);
        // The handler loads them in the other order.
        entry.base.store(base.as_ptr().addr(), Ordering::Release);
        Some(Watched(index))
    }

    /// Whether an access before this has met the end of the file, in whichever thread.
    #[inline]
    pub(super) fn is_cut(&self) -> bool {
        // The handler runs in the middle of an access, in the same thread: it is enough that the compiler keeps the order.
        compiler_fence(Ordering::SeqCst);
        TABLE[self.0].is_cut.load(Ordering::Relaxed)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        TABLE[self.0].base.store(0, Ordering::Release);
    }
}

/// The mapping that an address is in.
fn entry_of(address: usize) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| {
        let base = entry.base.load(Ordering::Acquire);
        base > Entry::TAKEN && address.wrapping_sub(base) < entry.bytes.load(Ordering::Relaxed)
    })
}

/// The handler.
extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let Some(before) = BEFORE.get() else { return };
    // SAFETY: with SA_SIGINFO the kernel passes a pointer to the signal's information, which is valid for this call.
    let told = unsafe { &*info };
    let is_fault = told.si_code > 0;
    if is_fault {
        // SAFETY: the kernel has filled in the address of a fault, which is what a positive code says.
        let address = unsafe { told.si_addr() }.addr();
        if let Some(entry) = entry_of(address)
            && put_zeros(address - address % before.page, before.page)
        {
            entry.is_cut.store(true, Ordering::Relaxed);
            return;
        }
    }
    pass_on(&before.action, signal, info, context, is_fault);
}

/// Puts a page of zeros at an address, in place of what is mapped there. <https://man7.org/linux/man-pages/man2/mmap.2.html>
fn put_zeros(address: usize, page: usize) -> bool {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let at = std::ptr::with_exposed_provenance_mut(address);
    // SAFETY: the page is a part of a mapping of ours, all of which stays reserved until it is unmapped as a whole. To the
    // program, its words change as if another process had written to them.
    let mapped = unsafe { libc::mmap(at, page, access, flags, -1, 0) };
    mapped != libc::MAP_FAILED
}

/// What would have happened without our handler.
fn pass_on(before: &libc::sigaction, signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void, is_fault: bool) {
    match before.sa_sigaction {
        // Nobody can ignore a fault.
        libc::SIG_IGN if !is_fault => {}
        libc::SIG_DFL | libc::SIG_IGN => {
            let default = libc::sigaction { sa_sigaction: libc::SIG_DFL, ..*before };
            // SAFETY: the action is whole, and has no handler.
            unsafe { libc::sigaction(signal, &raw const default, std::ptr::null_mut()) };
            // A fault happens again when this returns; a signal that somebody sent does not.
            if !is_fault {
                // SAFETY: raise takes an integer.
                unsafe { libc::raise(signal) };
            }
        }
        handler if before.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: the program installed this address as a handler of this kind.
            let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
                unsafe { std::mem::transmute(handler) };
            handler(signal, info, context);
        }
        handler => {
            // SAFETY: the program installed this address as a handler of this kind.
            let handler: extern "C" fn(c_int) = unsafe { std::mem::transmute(handler) };
            handler(signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
    use std::fs::File;
    use std::num::NonZeroUsize;
    use std::sync::atomic::AtomicU64;

    /// A file of two pages, mapped.
    struct Pages {
        file: File,
        base: NonNull<c_void>,
        watched: Option<Watched>,
    }

    /// Bytes of a page, which not every machine has 4096 of.
    fn page() -> usize {
        let page = sysconf(SysconfVar::PAGE_SIZE).expect("a call").expect("a size");
        usize::try_from(page).expect("a size")
    }

    fn pages() -> NonZeroUsize {
        NonZeroUsize::new(2 * page()).expect("two pages")
    }

    impl Pages {
        fn new() -> Self {
            let file = tempfile::tempfile().expect("a file");
            file.set_len(pages().get() as u64).expect("its size");
            let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
            // SAFETY: without an address the kernel maps the file where nothing of ours is.
            let base = unsafe { mmap(None, pages(), access, MapFlags::MAP_SHARED, &file, 0) }.expect("a mapping");
            Pages { file, base, watched: Watched::new(base, pages().get()) }
        }

        fn word(&self, index: usize) -> &AtomicU64 {
            assert!(index < pages().get() / 8);
            let word = self.base.as_ptr().cast::<AtomicU64>().wrapping_add(index);
            // SAFETY: it is inside the mapping, which lives as long as `self`.
            unsafe { &*word }
        }
    }

    impl Drop for Pages {
        fn drop(&mut self) {
            self.watched = None;
            // SAFETY: nothing refers to it any more.
            unsafe { munmap(self.base, pages().get()) }.expect("unmapped");
        }
    }

    #[test]
    fn behind_the_end_of_a_cut_file_there_are_zeros_and_the_mapping_says_so() {
        install().expect("a handler");
        install().expect("once is enough");
        let (pages, other) = (Pages::new(), Pages::new());
        let second = page() / 8;
        for index in [0, second] {
            pages.word(index).store(7, Ordering::Relaxed);
        }
        pages.file.set_len(page() as u64).expect("cut short");
        let is_cut = |pages: &Pages| pages.watched.as_ref().expect("room in the table").is_cut();
        assert_eq!((pages.word(0).load(Ordering::Relaxed), is_cut(&pages)), (7, false));
        pages.word(second + 1).store(8, Ordering::Relaxed);
        assert_eq!((pages.word(second).load(Ordering::Relaxed), is_cut(&pages)), (0, true));
        assert_eq!((pages.word(second + 1).load(Ordering::Relaxed), is_cut(&other)), (8, false));
        drop(pages);
        let next = Pages::new();
        assert!(!is_cut(&next), "an entry of the table is used again");
    }
}
