//! Taking over the past: the rules for reading gifts out of old spreadsheets.
