//! facenet-metrics
