//! The words of what one version says of a unit: where it comes from, results, methods.

use domain::registry::{Culture, Haemoglobin, Markers, Sex, VersionSource};

use crate::{Lang, unit_test as say};

/// Where a version comes from.
#[must_use]
pub const fn version_source(lang: Lang, code: VersionSource) -> &'static str {
    use crate::unit_source as say;
    match code {
        VersionSource::Load => say::load(lang),
        VersionSource::Lab => say::lab(lang),
        VersionSource::Staff => say::staff(lang),
        VersionSource::Consent => say::consent(lang),
        VersionSource::System => say::system(lang),
    }
}

/// What a culture came to.
#[must_use]
pub const fn culture(lang: Lang, code: Culture) -> &'static str {
    match code {
        Culture::Negative => say::negative(lang),
        Culture::Positive => say::positive(lang),
    }
}

/// What the haemoglobin screening came to.
#[must_use]
pub const fn haemoglobin(lang: Lang, code: Haemoglobin) -> &'static str {
    match code {
        Haemoglobin::Normal => say::normal(lang),
        Haemoglobin::Trait => say::carrier(lang),
        Haemoglobin::Disease => say::disease(lang),
    }
}

/// What the infectious-disease markers came to.
#[must_use]
pub const fn markers(lang: Lang, code: Markers) -> &'static str {
    match code {
        Markers::Clear => say::clear(lang),
        Markers::Reactive => say::reactive(lang),
    }
}

/// The child's sex.
#[must_use]
pub const fn sex(lang: Lang, code: Sex) -> &'static str {
    match code {
        Sex::Female => say::female(lang),
        Sex::Male => say::male(lang),
    }
}

/// How a unit was typed, by the word in its version; empty for one that is not known.
#[must_use]
pub fn typing_method(lang: Lang, word: &str) -> &'static str {
    match word {
        "dna" => say::method_dna(lang),
        "serology" => say::method_serology(lang),
        "mixed" => say::method_mixed(lang),
        _ => "",
    }
}

/// A policy of doses by its code; a code without words is its own name.
#[must_use]
pub fn dose_policy(lang: Lang, code: &str) -> &str {
    use crate::dose_policy as say;
    match code {
        "malignant" => say::malignant(lang),
        "non_malignant" => say::non_malignant(lang),
        other => other,
    }
}
