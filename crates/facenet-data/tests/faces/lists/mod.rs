//! Lists of the field: pairs, people, boxes, and the data sets that rest on them.

mod boxes;
mod lfw;
mod orl;
mod pairs;
mod people;
