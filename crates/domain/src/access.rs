//! Who may do what: one pure table of roles and actions. Whatever it does not name is forbidden.

mod scope;

use serde::{Deserialize, Serialize};

use crate::id::{ApiKeyId, BankId, UserId};

pub use scope::Scope;

/// What a member of staff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks after donors and families.
    CharityStaff,
    /// Confirms transfers, asks for refunds, closes months.
    Finance,
    /// Reads everything that is reported.
    Manager,
    /// Reads everything, changes nothing.
    Auditor,
    /// Keeps users and settings; sees no money and no people.
    Administrator,
    /// Searches units for patients and signs match reports.
    HlaTechnician,
    /// Processes, types, stores and dispatches units.
    Laboratory,
    /// Searches and orders for patients of one hospital, and sees no other's.
    Doctor,
    /// Answers for the registry: loads, exports, consents; authorizes releases.
    RegistryManager,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 9] = [
        Self::CharityStaff,
        Self::Finance,
        Self::Manager,
        Self::Auditor,
        Self::Administrator,
        Self::HlaTechnician,
        Self::Laboratory,
        Self::Doctor,
        Self::RegistryManager,
    ];

    /// The word in table `user_role`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CharityStaff => "charity_staff",
            Self::Finance => "finance",
            Self::Manager => "manager",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
            Self::HlaTechnician => "hla_technician",
            Self::Laboratory => "laboratory",
            Self::Doctor => "doctor",
            Self::RegistryManager => "registry_manager",
        }
    }

    /// The role of a word in table `user_role`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Anybody on the web.
    Public,
    /// The program itself: jobs, provider notifications already verified, the command line of the machine's owner.
    System,
    /// A signed-in member of staff.
    Staff {
        /// Who.
        user_id: UserId,
        /// What they are.
        roles: Vec<Role>,
    },
    /// A laboratory's system that showed its key. It knows the units of one bank and no others.
    ApiKey {
        /// Which key.
        key_id: ApiKeyId,
        /// Whose units.
        bank_id: BankId,
        /// What the key may be used for.
        scopes: Vec<Scope>,
    },
}

impl Actor {
    /// The word that an audit event keeps: never a name.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Public => "public".to_owned(),
            Self::System => "system".to_owned(),
            Self::Staff { user_id, .. } => user_id.to_string(),
            Self::ApiKey { key_id, .. } => key_id.to_string(),
        }
    }
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Read the public pages.
    ReadPublic,
    /// Give.
    Give,
    /// Open a gift by its unguessable address.
    OpenOwnGift,
    /// Verify a receipt.
    VerifyReceipt,
    /// Sign in.
    SignIn,
    /// Record what a verified provider notification or query says.
    SettlePayment,
    /// List gifts and open one.
    ReadGifts,
    /// Read the contacts and messages of a donor.
    ReadDonors,
    /// Pass or hold back a donor's message to the public.
    ModerateWords,
    /// Confirm that a bank transfer arrived.
    ConfirmTransfer,
    /// Give money back.
    Refund,
    /// Issue, void or reissue a receipt.
    ManageReceipts,
    /// See whole ID numbers of those who ask for a tax invoice, and say that it was issued.
    IssueTaxInvoices,
    /// Work through the call-list.
    WorkCallList,
    /// Close a month of the books.
    CloseMonth,
    /// Take a wrongly booked entry back.
    ReverseEntry,
    /// Compare a provider's bill with the books.
    Reconcile,
    /// Take the list of gifts out of the house.
    ExportGifts,
    /// Take over old gifts.
    ImportGifts,
    /// Read the audit trail and verify the books.
    Verify,
    /// Keep organisations, plans and funds.
    ManageProgramme,
    /// Keep users.
    ManageUsers,
    /// See failing jobs and settings.
    Operate,
    /// Read units, their passports and the registry's overview.
    ReadRegistry,
    /// Search units for a patient and make a match report.
    SearchUnits,
    /// Add and change patients; a doctor those of the own hospital.
    ManagePatients,
    /// Sign a match report as HLA technician.
    SignReports,
    /// Read holds and releases; a doctor those of the own hospital.
    ReadHolds,
    /// Hold compartments, prolong and cancel a hold.
    HoldUnits,
    /// Order the release of held units to a hospital.
    OrderRelease,
    /// Authorize a release that another ordered.
    AuthorizeRelease,
    /// Work at the laboratory's desk: confirmatory typings, tanks and dispatch.
    WorkLab,
    /// Record typings of units.
    RecordTypings,
    /// Record steps and tests of units' processes.
    RecordSteps,
    /// Record where bags were moved.
    MoveBags,
    /// Say that a unit is to be had, or why not.
    SetUnitStatus,
    /// Put single units into the registry, and change them.
    RecordUnits,
    /// Read the units of the own bank.
    ReadBankUnits,
    /// Load units from a file.
    ImportUnits,
    /// Take data of units out.
    ExportUnits,
    /// Read who took data of units out, and what for.
    ReadDisclosures,
    /// Record and withdraw consents to share a stored unit.
    ManageConsents,
    /// Load a release of the HLA nomenclature.
    ManageNomenclature,
    /// Give and take back keys of the laboratory's system.
    ManageApiKeys,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 44] = [
        Self::ReadPublic,
        Self::Give,
        Self::OpenOwnGift,
        Self::VerifyReceipt,
        Self::SignIn,
        Self::SettlePayment,
        Self::ReadGifts,
        Self::ReadDonors,
        Self::ModerateWords,
        Self::ConfirmTransfer,
        Self::Refund,
        Self::ManageReceipts,
        Self::IssueTaxInvoices,
        Self::WorkCallList,
        Self::CloseMonth,
        Self::ReverseEntry,
        Self::Reconcile,
        Self::ExportGifts,
        Self::ImportGifts,
        Self::Verify,
        Self::ManageProgramme,
        Self::ManageUsers,
        Self::Operate,
        Self::ReadRegistry,
        Self::SearchUnits,
        Self::ManagePatients,
        Self::SignReports,
        Self::ReadHolds,
        Self::HoldUnits,
        Self::OrderRelease,
        Self::AuthorizeRelease,
        Self::WorkLab,
        Self::RecordTypings,
        Self::RecordSteps,
        Self::MoveBags,
        Self::SetUnitStatus,
        Self::RecordUnits,
        Self::ReadBankUnits,
        Self::ImportUnits,
        Self::ExportUnits,
        Self::ReadDisclosures,
        Self::ManageConsents,
        Self::ManageNomenclature,
        Self::ManageApiKeys,
    ];
}

/// Whether `actor` may do `action`.
#[must_use]
pub fn allows(actor: &Actor, action: Action) -> bool {
    match actor {
        Actor::Public => public_may(action),
        Actor::System => !matches!(action, Action::SignIn),
        Actor::Staff { roles, .. } => public_may(action) || roles.iter().any(|role| role_may(*role, action)),
        // A key is no visitor: it may what its scopes say and nothing else.
        Actor::ApiKey { scopes, .. } => Scope::of(action).is_some_and(|scope| scopes.contains(&scope)),
    }
}

fn public_may(action: Action) -> bool {
    use Action::{Give, OpenOwnGift, ReadPublic, SignIn, VerifyReceipt};
    matches!(action, ReadPublic | Give | OpenOwnGift | VerifyReceipt | SignIn)
}

fn role_may(role: Role, action: Action) -> bool {
    use Action::{
        AuthorizeRelease, CloseMonth, ConfirmTransfer, ExportGifts, ExportUnits, HoldUnits, ImportGifts,
        ImportUnits, IssueTaxInvoices, ManageApiKeys, ManageConsents, ManageNomenclature, ManagePatients,
        ManageProgramme, ManageReceipts, ManageUsers, ModerateWords, MoveBags, Operate, OrderRelease,
        ReadDisclosures, ReadDonors, ReadGifts, ReadHolds, ReadRegistry, Reconcile, RecordSteps,
        RecordTypings, Refund, ReverseEntry, SearchUnits, SetUnitStatus, SignReports, Verify, WorkCallList,
        WorkLab,
    };
    match role {
        Role::CharityStaff => {
            matches!(action, ReadGifts | ReadDonors | ModerateWords | ManageReceipts | WorkCallList)
        }
        Role::Finance => matches!(
            action,
            ReadGifts
                | ReadDonors
                | ConfirmTransfer
                | Refund
                | ManageReceipts
                | IssueTaxInvoices
                | CloseMonth
                | ReverseEntry
                | Reconcile
                | ExportGifts
                | ImportGifts
                | Verify
        ),
        Role::Manager => {
            matches!(
                action,
                ReadGifts | Verify | ManageProgramme | ReadRegistry | ReadHolds | ReadDisclosures
            )
        }
        Role::Auditor => {
            matches!(action, ReadGifts | ReadDonors | Verify | ReadRegistry | ReadHolds | ReadDisclosures)
        }
        Role::Administrator => {
            matches!(action, ManageUsers | ManageProgramme | Operate | ManageNomenclature | ManageApiKeys)
        }
        Role::HlaTechnician => {
            matches!(
                action,
                ReadRegistry | SearchUnits | ManagePatients | SignReports | ReadHolds | HoldUnits
            )
        }
        Role::Laboratory => matches!(
            action,
            ReadRegistry
                | ReadHolds
                | WorkLab
                | RecordTypings
                | RecordSteps
                | MoveBags
                | SetUnitStatus
                | ImportUnits
        ),
        Role::Doctor => matches!(action, SearchUnits | ManagePatients | ReadHolds | HoldUnits | OrderRelease),
        Role::RegistryManager => matches!(
            action,
            ReadRegistry
                | SearchUnits
                | ManagePatients
                | ReadHolds
                | HoldUnits
                | OrderRelease
                | AuthorizeRelease
                | SetUnitStatus
                | ImportUnits
                | ExportUnits
                | ReadDisclosures
                | ManageConsents
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(scopes: Vec<Scope>) -> Actor {
        let (key_id, bank_id) = (ApiKeyId(uuid::Uuid::nil()), BankId(uuid::Uuid::nil()));
        Actor::ApiKey { key_id, bank_id, scopes }
    }

    /// The whole matrix as a reviewer reads it: a change of one right is a change of one line.
    #[test]
    fn the_matrix_is_the_golden_one() {
        let staff = |role| Actor::Staff { user_id: UserId(uuid::Uuid::nil()), roles: vec![role] };
        let mut columns = vec![("public".to_owned(), Actor::Public), ("system".to_owned(), Actor::System)];
        columns.extend(Role::ALL.map(|role| (role.as_str().to_owned(), staff(role))));
        columns.extend(Scope::ALL.map(|scope| (scope.as_str().to_owned(), key(vec![scope]))));
        let mut matrix = String::new();
        for action in Action::ALL {
            let may: Vec<&str> = columns
                .iter()
                .filter(|(_, actor)| allows(actor, action))
                .map(|(name, _)| name.as_str())
                .collect();
            matrix.push_str(&format!("{action:?}: {}\n", may.join(" ")));
        }
        insta::assert_snapshot!(matrix);
    }

    #[test]
    fn a_key_without_scopes_may_nothing_and_each_scope_opens_one_action() {
        for action in Action::ALL {
            assert!(!allows(&key(vec![]), action), "{action:?}");
        }
        for scope in Scope::ALL {
            let opened = Action::ALL.into_iter().filter(|action| allows(&key(vec![scope]), *action)).count();
            assert_eq!(opened, 1, "{scope:?}");
            assert_eq!(Scope::from_word(scope.as_str()), Some(scope));
        }
    }

    #[test]
    fn no_roles_is_no_more_than_the_public() {
        let nobody = Actor::Staff { user_id: UserId(uuid::Uuid::nil()), roles: vec![] };
        for action in Action::ALL {
            assert_eq!(allows(&nobody, action), allows(&Actor::Public, action), "{action:?}");
        }
    }
}
