//! Which kinds control others, what they make, and by which account their controllers act.

use std::sync::Arc;

use platlint_engine::Gvk;

/// A kind whose controller makes other objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Controller {
    pub group: Arc<str>,
    pub kind: Arc<str>,
    /// The version to watch; `None`: the one the API server prefers.
    pub version: Option<Arc<str>>,
    /// Kinds it makes (group, kind); `None`: any.
    makes: Option<&'static [(&'static str, &'static str)]>,
    /// The user as which its controller acts.
    user: Arc<str>,
}

/// Group, kind, the kinds it makes (group, kind), and the name of its `ServiceAccount`.
type BuiltIn = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

/// Kubernetes' own controllers. With `--use-service-account-credentials`, as every usual installation has it, the
/// controller manager acts as one ServiceAccount of kube-system for each.
const BUILT_IN: &[BuiltIn] = &[
    ("", "ReplicationController", &[("", "Pod")], "replication-controller"),
    ("apps", "ReplicaSet", &[("", "Pod")], "replicaset-controller"),
    ("apps", "Deployment", &[("apps", "ReplicaSet")], "deployment-controller"),
    ("apps", "StatefulSet", &[("", "Pod"), ("", "PersistentVolumeClaim")], "statefulset-controller"),
    ("apps", "DaemonSet", &[("", "Pod")], "daemon-set-controller"),
    ("batch", "Job", &[("", "Pod")], "job-controller"),
    ("batch", "CronJob", &[("batch", "Job")], "cronjob-controller"),
];

/// As which a controller manager acts that has no account for each controller.
const CONTROLLER_MANAGER: &str = "system:kube-controller-manager";

/// The controllers that are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controllers {
    known: Vec<Controller>,
    trusts_controller_manager: bool,
}

/// Why `--controller` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not of the form Kind.group=namespace:serviceaccount, such as Rollout.argoproj.io=argo-rollouts:argo-rollouts"
)]
pub struct ControllerError(String);

impl Default for Controllers {
    fn default() -> Self {
        let known = BUILT_IN.iter().map(|(group, kind, makes, account)| Controller {
            group: (*group).into(),
            kind: (*kind).into(),
            version: Some("v1".into()),
            makes: Some(*makes),
            user: format!("system:serviceaccount:kube-system:{account}").into(),
        });
        Self { known: known.collect(), trusts_controller_manager: false }
    }
}

impl Controllers {
    /// One more, as `--controller` says it: `Rollout.argoproj.io=argo-rollouts:argo-rollouts` (kind and group, then
    /// namespace and name of its controller's ServiceAccount).
    pub fn add(&mut self, flag: &str) -> Result<(), ControllerError> {
        let refused = || ControllerError(flag.to_owned());
        let (kind, account) = flag.split_once('=').ok_or_else(refused)?;
        let (kind, group) = kind.split_once('.').ok_or_else(refused)?;
        let (namespace, name) = account.split_once(':').ok_or_else(refused)?;
        if [kind, group, namespace, name].iter().any(|part| part.is_empty() || part.contains([':', '=', '/', ' '])) {
            return Err(refused());
        }
        self.known.push(Controller {
            group: group.into(),
            kind: kind.into(),
            version: None,
            makes: None,
            user: format!("system:serviceaccount:{namespace}:{name}").into(),
        });
        Ok(())
    }

    /// Believes the one account of a controller manager that runs without an account for each controller. Broader: whoever
    /// acts as the controller manager may then claim any of its controllers.
    pub const fn trust_controller_manager(&mut self) {
        self.trusts_controller_manager = true;
    }

    pub(super) fn known(&self) -> &[Controller] {
        &self.known
    }

    /// Whether this user is the controller of that kind.
    pub(super) fn acts_for(&self, user: &str, kind: &Gvk) -> bool {
        let of_kind = self.known.iter().filter(|one| one.is(kind));
        of_kind.into_iter().any(|one| {
            *one.user == *user || (self.trusts_controller_manager && one.makes.is_some() && user == CONTROLLER_MANAGER)
        })
    }

    /// Whether controllers of kind `owner` make objects of kind `child`.
    pub(super) fn makes(&self, owner: &Gvk, child: &Gvk) -> bool {
        self.known.iter().filter(|one| one.is(owner)).any(|one| {
            one.makes
                .is_none_or(|kinds| kinds.iter().any(|(group, kind)| **group == *child.group && **kind == *child.kind))
        })
    }
}

impl Controller {
    fn is(&self, kind: &Gvk) -> bool {
        self.group == kind.group && self.kind == kind.kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn believes_each_controller_only_its_own_kind() {
        let controllers = Controllers::default();
        let account = "system:serviceaccount:kube-system:replicaset-controller";
        assert!(controllers.acts_for(account, &Gvk::new("apps/v1", "ReplicaSet")));
        assert!(!controllers.acts_for(account, &Gvk::new("apps/v1", "Deployment")));
        assert!(!controllers.acts_for(account, &Gvk::new("example.org/v1", "ReplicaSet")));
        assert!(
            !controllers
                .acts_for("system:serviceaccount:shop:replicaset-controller", &Gvk::new("apps/v1", "ReplicaSet"))
        );
        assert!(!controllers.acts_for(CONTROLLER_MANAGER, &Gvk::new("apps/v1", "ReplicaSet")));
    }

    #[test]
    fn believes_the_controller_manager_only_when_told_to_and_only_for_its_own_kinds() {
        let mut controllers = Controllers::default();
        controllers.add("Rollout.argoproj.io=argo:rollouts").unwrap();
        controllers.trust_controller_manager();
        assert!(controllers.acts_for(CONTROLLER_MANAGER, &Gvk::new("apps/v1", "ReplicaSet")));
        assert!(!controllers.acts_for(CONTROLLER_MANAGER, &Gvk::new("argoproj.io/v1alpha1", "Rollout")));
    }

    #[test]
    fn reads_further_controllers_and_says_what_is_wrong_with_them() {
        let mut controllers = Controllers::default();
        controllers.add("Rollout.argoproj.io=argo-rollouts:controller").unwrap();
        let rollout = Gvk::new("argoproj.io/v1alpha1", "Rollout");
        assert!(controllers.acts_for("system:serviceaccount:argo-rollouts:controller", &rollout));
        assert!(controllers.makes(&rollout, &Gvk::new("apps/v1", "ReplicaSet")));
        for wrong in
            ["Rollout", "Rollout=a:b", "Rollout.argoproj.io=a", "Rollout.argoproj.io=:b", ".x=a:b", "R.x=a:b:c"]
        {
            assert!(controllers.add(wrong).is_err(), "{wrong}");
        }
    }
}
