//! AdmissionReview: how its bytes are read, what review it asks for, and how a verdict is answered. Knows nothing of
//! HTTP, threads or metrics.

pub mod annotations;
pub mod answer;
pub mod mode;
pub mod mutation;
pub mod object;
pub mod review;
pub mod text;
pub mod wire;

pub use mode::Mode;
