//! libFuzzer's way in; what is done with its bytes stands in `shmchat_fuzz::lane`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| shmchat_fuzz::lane::run(data));
