//! Takes every choice.
