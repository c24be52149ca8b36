#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jobsem_fuzz::create_cronjob(data));
