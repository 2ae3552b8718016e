//! The catalogue of a unit's process: 56 steps from collection to storage and 15 tests, in the order of a passport. It
//! follows what accreditation asks to be recorded (NetCord-FACT standards for cord blood collection, banking and
//! release; 脐带血造血干细胞库技术规范); how a bank does a step is told by the step's result.

use super::worded;

worded! {
    /// A step of the preparation, or a test.
    Step {
        /// Consent to collection signed.
        ConsentSigned = "consent_signed",
        /// Mother's health history taken.
        MaternalHistory = "maternal_history",
        /// Collection bag and supplies checked.
        KitChecked = "kit_checked",
        /// Delivery recorded.
        DeliveryRecorded = "delivery_recorded",
        /// Cord disinfected.
        CordDisinfected = "cord_disinfected",
        /// Cord blood collected.
        BloodCollected = "blood_collected",
        /// Mixed with the anticoagulant.
        AnticoagulantMixed = "anticoagulant_mixed",
        /// Collection bag sealed.
        CollectionBagSealed = "collection_bag_sealed",
        /// Labelled and checked by two.
        CollectionBagLabelled = "collection_bag_labelled",
        /// Mother's blood sample drawn.
        MaternalBloodDrawn = "maternal_blood_drawn",
        /// Packed for transport.
        Packed = "packed",
        /// Temperature logger started.
        LoggerStarted = "logger_started",
        /// Handed to the carrier.
        HandedOver = "handed_over",
        /// Transported.
        Transported = "transported",
        /// Transport temperatures read.
        LoggerRead = "logger_read",
        /// Received.
        Received = "received",
        /// Package inspected.
        PackageInspected = "package_inspected",
        /// Identity verified by two.
        IdentityVerified = "identity_verified",
        /// Time since collection checked.
        AgeChecked = "age_checked",
        /// Appearance and clots checked.
        AppearanceChecked = "appearance_checked",
        /// Weighed, volume calculated.
        VolumeMeasured = "volume_measured",
        /// Registered under its donation number.
        Registered = "registered",
        /// Accepted for processing.
        Accepted = "accepted",
        /// Clean room monitored.
        RoomMonitored = "room_monitored",
        /// Reagents and lots checked.
        ReagentsChecked = "reagents_checked",
        /// Line cleared.
        LineCleared = "line_cleared",
        /// Sample before processing drawn.
        RawSampleDrawn = "raw_sample_drawn",
        /// Counted before processing.
        RawCounted = "raw_counted",
        /// HES added or AXP set loaded.
        SeparationSetUp = "separation_set_up",
        /// First centrifugation.
        FirstCentrifugation = "first_centrifugation",
        /// Red cells removed.
        RedCellsRemoved = "red_cells_removed",
        /// Second centrifugation.
        SecondCentrifugation = "second_centrifugation",
        /// Plasma removed.
        PlasmaRemoved = "plasma_removed",
        /// Reduced volume adjusted.
        VolumeAdjusted = "volume_adjusted",
        /// Sample after processing drawn.
        ProductSampleDrawn = "product_sample_drawn",
        /// Counted after processing.
        ProductCounted = "product_counted",
        /// Recovery of nucleated cells checked.
        RecoveryChecked = "recovery_checked",
        /// Sterility sample drawn.
        SterilitySampleDrawn = "sterility_sample_drawn",
        /// Reference samples split.
        ReferenceSamplesSplit = "reference_samples_split",
        /// Freezing bag labelled and checked.
        FreezingBagLabelled = "freezing_bag_labelled",
        /// Product cooled.
        ProductCooled = "product_cooled",
        /// Cryoprotectant (DMSO) prepared.
        DmsoPrepared = "dmso_prepared",
        /// Cryoprotectant added slowly.
        DmsoAdded = "dmso_added",
        /// Compartments filled.
        CompartmentsFilled = "compartments_filled",
        /// Air removed.
        AirRemoved = "air_removed",
        /// Compartments sealed.
        CompartmentsSealed = "compartments_sealed",
        /// Segments sealed.
        SegmentsSealed = "segments_sealed",
        /// Closed in its canister.
        CanisterClosed = "canister_closed",
        /// Controlled-rate freezing.
        ControlledFreezing = "controlled_freezing",
        /// Freezing curve reviewed.
        FreezingCurveReviewed = "freezing_curve_reviewed",
        /// Stored in the quarantine tank.
        QuarantineStored = "quarantine_stored",
        /// Reference samples stored.
        ReferenceSamplesStored = "reference_samples_stored",
        /// All results reviewed.
        ResultsReviewed = "results_reviewed",
        /// Segments checked.
        SegmentsChecked = "segments_checked",
        /// Released by quality assurance.
        BatchReleased = "batch_released",
        /// Moved to its storage tank.
        Stored = "stored",
        /// Total nucleated cells (TNC).
        TncCounted = "tnc_counted",
        /// CD34-positive cells.
        Cd34Counted = "cd34_counted",
        /// Viability.
        ViabilityTested = "viability_tested",
        /// Colony-forming units (CFU).
        CfuCultured = "cfu_cultured",
        /// Bacterial culture.
        BacterialCultured = "bacterial_cultured",
        /// Fungal culture.
        FungalCultured = "fungal_cultured",
        /// ABO blood group.
        AboTyped = "abo_typed",
        /// Rhesus factor.
        RhesusTyped = "rhesus_typed",
        /// HLA typing (A, B, C, DRB1, DQB1).
        HlaTyped = "hla_typed",
        /// Hepatitis B surface antigen.
        HbsagTested = "hbsag_tested",
        /// Hepatitis C antibodies.
        HcvTested = "hcv_tested",
        /// HIV antigen and antibodies.
        HivTested = "hiv_tested",
        /// Syphilis antibodies.
        SyphilisTested = "syphilis_tested",
        /// Cytomegalovirus (CMV).
        CmvTested = "cmv_tested",
        /// Haemoglobin disorders.
        HaemoglobinScreened = "haemoglobin_screened",
    }
}

worded! {
    /// What part of the way a step belongs to.
    Phase {
        /// At the birth.
        Collection = "collection",
        /// On the way to the bank.
        Transport = "transport",
        /// At the bank's door.
        Receipt = "receipt",
        /// In the clean room.
        Processing = "processing",
        /// From the cryoprotectant to the frozen bag.
        Freezing = "freezing",
        /// Quarantine, review, storage.
        Storage = "storage",
        /// In the laboratory.
        Test = "test",
    }
}

/// How many of [`Step::ALL`] are steps of the preparation; the rest are tests.
pub const PREPARATION_STEPS: usize = 56;

impl Step {
    /// Its place in the catalogue, from 1.
    #[must_use]
    pub const fn position(self) -> u8 {
        self as u8 + 1
    }

    /// Whether it is a test.
    #[must_use]
    pub const fn is_test(self) -> bool {
        self as usize >= PREPARATION_STEPS
    }

    /// The part of the way that it belongs to.
    #[must_use]
    pub fn phase(self) -> Phase {
        if self < Self::Packed {
            Phase::Collection
        } else if self < Self::Received {
            Phase::Transport
        } else if self < Self::RoomMonitored {
            Phase::Receipt
        } else if self < Self::FreezingBagLabelled {
            Phase::Processing
        } else if self < Self::FreezingCurveReviewed {
            Phase::Freezing
        } else if self < Self::TncCounted {
            Phase::Storage
        } else {
            Phase::Test
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_56_steps_and_15_tests_in_the_order_of_their_phases() {
        let tests = Step::ALL.iter().filter(|step| step.is_test()).count();
        assert_eq!((Step::ALL.len() - tests, tests), (56, 15));
        assert!(Step::ALL.is_sorted_by_key(|step| step.phase()));
        for (step, place) in Step::ALL.iter().zip(1..) {
            assert_eq!(step.position(), place);
            assert_eq!(step.is_test(), step.phase() == Phase::Test);
            assert_eq!(Step::from_word(step.as_str()), Some(*step));
        }
    }
}
