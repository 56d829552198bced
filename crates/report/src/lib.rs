//! One verdict, many renderings.
