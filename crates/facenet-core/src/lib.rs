//! facenet-core
