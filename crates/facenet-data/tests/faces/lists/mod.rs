//! Lists of the field: pairs, people, boxes, names, distances, videos, templates, and the data sets
//! that rest on them.

mod boxes;
mod bytes;
mod distances;
mod lfw;
mod names;
mod orl;
mod pairs;
mod people;
mod templates;
mod videos;
