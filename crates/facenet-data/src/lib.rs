//! facenet-data
