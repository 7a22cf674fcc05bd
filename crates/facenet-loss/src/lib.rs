//! facenet-loss
