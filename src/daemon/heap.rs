//! How the C library's allocator gives memory back. The one place of the daemon that calls into it: nothing safe reaches these
//! two switches.
//!
//! glibc takes large blocks straight from the kernel and returns them when they are freed, until the first such block is freed: then
//! it raises the limit of "large" to that block's size, up to 32 MB. A registry's text is 8 MB, so from then on every text, every
//! table and every snapshot stays in the heap between smaller blocks, and the heap grows with each reload. With 10,000 nodes a
//! daemon settles at 77 MB instead of 97 with a fixed limit, and at 81 instead of 136 after two reloads.

/// Blocks of this size and more come from the kernel and go back there.
#[cfg(target_env = "gnu")]
const LARGE: nix::libc::c_int = 256 * 1024;

/// Fixes the limit of large blocks for this process. To be called before much is allocated.
#[allow(unsafe_code)]
pub fn steady() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: `mallopt` only sets a parameter, under the allocator's own lock (mallopt(3)). That it refuses changes nothing.
        let _ = unsafe { nix::libc::mallopt(nix::libc::M_MMAP_THRESHOLD, LARGE) };
    }
}

/// Gives back to the kernel what is free between blocks in use. Takes milliseconds: for after something large was replaced.
#[allow(unsafe_code)]
pub fn give_back() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: `malloc_trim` moves no block in use and takes the allocator's own locks (malloc_trim(3)).
        let _ = unsafe { nix::libc::malloc_trim(0) };
    }
}
