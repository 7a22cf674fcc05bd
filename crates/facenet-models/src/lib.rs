//! facenet-models
