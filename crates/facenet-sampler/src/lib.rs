//! facenet-sampler
