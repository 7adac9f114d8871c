//! Any bytes as a bundle's tarball: refused, or a bundle that is the same when it is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use platlint_config::Bundle;

fuzz_target!(|bytes: &[u8]| {
    match Bundle::from_tarball("fuzz", bytes) {
        Ok(bundle) => {
            // A name may be too long for the plainest header; everything else can be written.
            if let Ok(tar) = bundle.tar() {
                let again = Bundle::from_tarball("again", &tar).expect("what was written can be read");
                assert_eq!(again.info(), bundle.info());
            }
        }
        Err(problems) => assert!(!problems.all().is_empty()),
    }
});
