//! What a Scenario says of those who apply a folder again and again (`appliers`).

use evenkeel_object::{Object, Problem};
use evenkeel_roster::applier::Mode as Way;

use evenkeel_model::fields::{Fields, required};

/// Who applies a folder again and again.
#[derive(Clone, Debug)]
pub struct Applier {
    /// The Application or Kustomization.
    pub name: String,
    /// What sort it is.
    pub sort: Sort,
    /// The file or folder; relative to the scenario.
    pub path: String,
    /// How it applies.
    pub mode: Mode,
    /// The field manager; as the program has it, if none.
    pub manager: Option<String>,
    /// Whether it deletes what is no longer in the folder.
    pub prune: bool,
    /// Whether it writes again what others have changed.
    pub self_heal: bool,
    /// Fields that it does not look at: group, kind, JSON pointers.
    pub ignored: Vec<(String, String, Vec<String>)>,
    /// What its folder holds after each step that commits to it, by the step's name.
    pub commits: Vec<(String, Vec<Object>)>,
}

/// The applier's program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// Argo CD, automated sync.
    ArgoCd,
    /// Flux, a Kustomization.
    Flux,
    /// `kubectl apply` in a loop.
    Kubectl,
}

/// How an applier applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// By patches that it computes itself from what it applied last.
    #[default]
    ClientSide,
    /// By server-side apply.
    ServerSide,
    /// By server-side apply that takes over the fields of others.
    ServerSideForced,
}

impl Mode {
    /// Each by its word.
    pub(crate) const WORDS: [(&'static str, Mode); 3] = [
        ("ClientSide", Mode::ClientSide),
        ("ServerSide", Mode::ServerSide),
        ("ServerSideForced", Mode::ServerSideForced),
    ];

    /// How the roster calls it.
    pub(crate) fn way(self) -> Way {
        match self {
            Mode::ClientSide => Way::ClientSide,
            Mode::ServerSide => Way::ServerSide { force: false },
            Mode::ServerSideForced => Way::ServerSide { force: true },
        }
    }
}

impl Applier {
    /// Reads one; what is wrong with it goes into `problems`.
    pub(crate) fn read(mut fields: Fields<'_>, problems: &mut Vec<Problem>) -> Option<Applier> {
        let sorts = [("ArgoCD", Sort::ArgoCd), ("Flux", Sort::Flux), ("Kubectl", Sort::Kubectl)];
        let name = required(&mut fields, "name", problems);
        let path = required(&mut fields, "path", problems);
        let sort = fields.word("type", &sorts, problems);
        if sort.is_none() && fields.any("type").is_null() {
            fields.wrong("type", "one of ArgoCD, Flux, Kubectl", problems);
        }
        let mode = fields.word("mode", &Mode::WORDS, problems).unwrap_or_default();
        let manager = fields.text("manager", problems);
        if manager.is_some() && sort.is_some_and(|sort| sort != Sort::Kubectl) {
            fields.wrong("manager", "nothing: only kubectl is told its field manager", problems);
        }
        let (prune, self_heal) = (fields.flag("prune", problems), fields.flag("selfHeal", problems));
        let ignored = fields.maps("ignoreDifferences", problems).into_iter().map(|mut ignored| {
            let group = ignored.text("group", problems).unwrap_or_default();
            let kind = required(&mut ignored, "kind", problems).unwrap_or_default();
            let pointers = ignored.texts("jsonPointers", problems);
            ignored.end(problems);
            (group, kind, pointers)
        });
        let ignored = ignored.collect();
        fields.end(problems);
        Some(Applier {
            name: name?,
            sort: sort?,
            path: path?,
            mode,
            manager,
            prune,
            self_heal,
            ignored,
            commits: Vec::new(),
        })
    }
}
