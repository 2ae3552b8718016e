//! The words of the registry's codes: states, purposes, reasons, steps of the process.

use domain::registry::{
    Bar, CompartmentState, HoldPurpose, HoldState, Ownership, Phase, ReleaseState, Step, StepFinding,
    TypingVerdict, UnitStatus,
};

use crate::Lang;

/// Where a compartment stands.
#[must_use]
pub const fn compartment_state(lang: Lang, code: CompartmentState) -> &'static str {
    use crate::compartment_state as say;
    match code {
        CompartmentState::Stored => say::stored(lang),
        CompartmentState::Held => say::held(lang),
        CompartmentState::Released => say::released(lang),
        CompartmentState::Shipped => say::shipped(lang),
        CompartmentState::Infused => say::infused(lang),
        CompartmentState::Returned => say::returned(lang),
        CompartmentState::Discarded => say::discarded(lang),
    }
}

/// What a hold is for.
#[must_use]
pub const fn hold_purpose(lang: Lang, code: HoldPurpose) -> &'static str {
    use crate::hold_purpose as say;
    match code {
        HoldPurpose::Reservation => say::reservation(lang),
        HoldPurpose::ConfirmatoryTyping => say::confirmatory_typing(lang),
        HoldPurpose::Transplant => say::transplant(lang),
    }
}

/// Where a hold stands.
#[must_use]
pub const fn hold_state(lang: Lang, code: HoldState) -> &'static str {
    use crate::hold_state as say;
    match code {
        HoldState::Active => say::active(lang),
        HoldState::Cancelled => say::cancelled(lang),
        HoldState::Expired => say::expired(lang),
        HoldState::Released => say::released(lang),
    }
}

/// Where a release stands.
#[must_use]
pub const fn release_state(lang: Lang, code: ReleaseState) -> &'static str {
    use crate::release_state as say;
    match code {
        ReleaseState::Ordered => say::ordered(lang),
        ReleaseState::Authorized => say::authorized(lang),
        ReleaseState::Shipped => say::shipped(lang),
        ReleaseState::Infused => say::infused(lang),
        ReleaseState::Returned => say::returned(lang),
        ReleaseState::Discarded => say::discarded(lang),
        ReleaseState::Cancelled => say::cancelled(lang),
    }
}

/// What a confirmatory typing says.
#[must_use]
pub const fn typing_verdict(lang: Lang, code: TypingVerdict) -> &'static str {
    use crate::typing_verdict as say;
    match code {
        TypingVerdict::Confirmed => say::confirmed(lang),
        TypingVerdict::Differs => say::differs(lang),
    }
}

/// What a process trace says of a step.
#[must_use]
pub const fn step_finding(lang: Lang, code: StepFinding) -> &'static str {
    use crate::step_finding as say;
    match code {
        StepFinding::Passed => say::passed(lang),
        StepFinding::Noted => say::noted(lang),
        StepFinding::Failed => say::failed(lang),
        StepFinding::OutOfOrder => say::out_of_order(lang),
        StepFinding::Missing => say::missing(lang),
    }
}

/// A part of the process.
#[must_use]
pub const fn step_phase(lang: Lang, code: Phase) -> &'static str {
    use crate::step_phase as say;
    match code {
        Phase::Collection => say::collection(lang),
        Phase::Transport => say::transport(lang),
        Phase::Receipt => say::receipt(lang),
        Phase::Processing => say::processing(lang),
        Phase::Freezing => say::freezing(lang),
        Phase::Storage => say::storage(lang),
        Phase::Test => say::test(lang),
    }
}

/// Where a unit stands.
#[must_use]
pub const fn unit_status(lang: Lang, code: UnitStatus) -> &'static str {
    use crate::unit_status as say;
    match code {
        UnitStatus::Available => say::available(lang),
        UnitStatus::Unavailable => say::unavailable(lang),
        UnitStatus::Reserved => say::reserved(lang),
        UnitStatus::Gone => say::gone(lang),
    }
}

/// Whose a unit is.
#[must_use]
pub const fn unit_ownership(lang: Lang, code: Ownership) -> &'static str {
    use crate::unit_ownership as say;
    match code {
        Ownership::Donated => say::donated(lang),
        Ownership::Family => say::family(lang),
    }
}

/// Why a unit is not to be had or released.
#[must_use]
pub const fn unit_bar(lang: Lang, code: Bar) -> &'static str {
    use crate::unit_bar as say;
    match code {
        Bar::Withdrawn => say::withdrawn(lang),
        Bar::BankGone => say::bank_gone(lang),
        Bar::BankUnavailable => say::bank_unavailable(lang),
        Bar::BankReserved => say::bank_reserved(lang),
        Bar::NothingLeft => say::nothing_left(lang),
        Bar::AllHeld => say::all_held(lang),
        Bar::NotShared => say::not_shared(lang),
        Bar::TooWarm => say::too_warm(lang),
        Bar::Bacterial => say::bacterial(lang),
        Bar::Fungal => say::fungal(lang),
        Bar::Haemoglobin => say::haemoglobin(lang),
        Bar::Markers => say::markers(lang),
        Bar::Untested => say::untested(lang),
        Bar::StepMissing => say::step_missing(lang),
        Bar::StepOutOfOrder => say::step_out_of_order(lang),
        Bar::StepFailed => say::step_failed(lang),
    }
}

/// A step of the process or a test.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one line a step")]
pub const fn step(lang: Lang, code: Step) -> &'static str {
    use crate::step as say;
    match code {
        Step::ConsentSigned => say::consent_signed(lang),
        Step::MaternalHistory => say::maternal_history(lang),
        Step::KitChecked => say::kit_checked(lang),
        Step::DeliveryRecorded => say::delivery_recorded(lang),
        Step::CordDisinfected => say::cord_disinfected(lang),
        Step::BloodCollected => say::blood_collected(lang),
        Step::AnticoagulantMixed => say::anticoagulant_mixed(lang),
        Step::CollectionBagSealed => say::collection_bag_sealed(lang),
        Step::CollectionBagLabelled => say::collection_bag_labelled(lang),
        Step::MaternalBloodDrawn => say::maternal_blood_drawn(lang),
        Step::Packed => say::packed(lang),
        Step::LoggerStarted => say::logger_started(lang),
        Step::HandedOver => say::handed_over(lang),
        Step::Transported => say::transported(lang),
        Step::LoggerRead => say::logger_read(lang),
        Step::Received => say::received(lang),
        Step::PackageInspected => say::package_inspected(lang),
        Step::IdentityVerified => say::identity_verified(lang),
        Step::AgeChecked => say::age_checked(lang),
        Step::AppearanceChecked => say::appearance_checked(lang),
        Step::VolumeMeasured => say::volume_measured(lang),
        Step::Registered => say::registered(lang),
        Step::Accepted => say::accepted(lang),
        Step::RoomMonitored => say::room_monitored(lang),
        Step::ReagentsChecked => say::reagents_checked(lang),
        Step::LineCleared => say::line_cleared(lang),
        Step::RawSampleDrawn => say::raw_sample_drawn(lang),
        Step::RawCounted => say::raw_counted(lang),
        Step::SeparationSetUp => say::separation_set_up(lang),
        Step::FirstCentrifugation => say::first_centrifugation(lang),
        Step::RedCellsRemoved => say::red_cells_removed(lang),
        Step::SecondCentrifugation => say::second_centrifugation(lang),
        Step::PlasmaRemoved => say::plasma_removed(lang),
        Step::VolumeAdjusted => say::volume_adjusted(lang),
        Step::ProductSampleDrawn => say::product_sample_drawn(lang),
        Step::ProductCounted => say::product_counted(lang),
        Step::RecoveryChecked => say::recovery_checked(lang),
        Step::SterilitySampleDrawn => say::sterility_sample_drawn(lang),
        Step::ReferenceSamplesSplit => say::reference_samples_split(lang),
        Step::FreezingBagLabelled => say::freezing_bag_labelled(lang),
        Step::ProductCooled => say::product_cooled(lang),
        Step::DmsoPrepared => say::dmso_prepared(lang),
        Step::DmsoAdded => say::dmso_added(lang),
        Step::CompartmentsFilled => say::compartments_filled(lang),
        Step::AirRemoved => say::air_removed(lang),
        Step::CompartmentsSealed => say::compartments_sealed(lang),
        Step::SegmentsSealed => say::segments_sealed(lang),
        Step::CanisterClosed => say::canister_closed(lang),
        Step::ControlledFreezing => say::controlled_freezing(lang),
        Step::FreezingCurveReviewed => say::freezing_curve_reviewed(lang),
        Step::QuarantineStored => say::quarantine_stored(lang),
        Step::ReferenceSamplesStored => say::reference_samples_stored(lang),
        Step::ResultsReviewed => say::results_reviewed(lang),
        Step::SegmentsChecked => say::segments_checked(lang),
        Step::BatchReleased => say::batch_released(lang),
        Step::Stored => say::stored(lang),
        Step::TncCounted => say::tnc_counted(lang),
        Step::Cd34Counted => say::cd34_counted(lang),
        Step::ViabilityTested => say::viability_tested(lang),
        Step::CfuCultured => say::cfu_cultured(lang),
        Step::BacterialCultured => say::bacterial_cultured(lang),
        Step::FungalCultured => say::fungal_cultured(lang),
        Step::AboTyped => say::abo_typed(lang),
        Step::RhesusTyped => say::rhesus_typed(lang),
        Step::HlaTyped => say::hla_typed(lang),
        Step::HbsagTested => say::hbsag_tested(lang),
        Step::HcvTested => say::hcv_tested(lang),
        Step::HivTested => say::hiv_tested(lang),
        Step::SyphilisTested => say::syphilis_tested(lang),
        Step::CmvTested => say::cmv_tested(lang),
        Step::HaemoglobinScreened => say::haemoglobin_screened(lang),
    }
}
