//! The controllers everyone runs, one file each.
