"""The program: settings, a target, the components in their order, exports."""

import pulumi

from components.alerts import Alerts
from components.audit import Audit
from components.backup_policies import BackupPolicies
from components.dashboard import Dashboard
from components.denial import Denial
from components.external_secrets import ExternalSecrets
from components.guards import Guards
from components.kopia_ui import KopiaUi
from components.kyverno import Kyverno
from components.mover import Mover
from components.movers import Movers
from components.priority import Priority
from components.pvc_plumber import PvcPlumber
from components.repository import Repository
from components.restore_proof import RestoreProof
from components.secret_store import SecretStore
from components.volsync import VolSync
from stack import arguments, exclusion
from stack.settings import TOKEN, load
from stack.target import target

config = pulumi.Config()
settings = load(config.name)
exclusion.warn(settings)

after = target(settings).after
token = config.get_secret(TOKEN)
Guards("guards", arguments.guards(settings), after())
priority = Priority("priority", arguments.priority(settings), after())
kyverno = Kyverno("kyverno", arguments.kyverno(settings), after())
volsync = VolSync("volsync", arguments.volsync(settings), after())
operator = ExternalSecrets("external-secrets", arguments.external_secrets(settings), after())
store = SecretStore(
    "secret-store", arguments.secret_store(settings, token), after(volsync, operator)
)
repository = Repository("repository", arguments.repository(settings), after(volsync, store))
RestoreProof("restore-proof", arguments.restore_proof(settings), after(volsync, repository))
movers = Movers("movers", arguments.movers(settings), after(volsync, store))
mover = Mover("mover", arguments.mover(settings), after(volsync, repository, movers, priority))
plumber = PvcPlumber(
    "pvc-plumber", arguments.pvc_plumber(settings), after(volsync, repository, priority)
)
policies = BackupPolicies(
    "backup-policies",
    arguments.backup_policies(settings),
    after(kyverno, volsync, store, mover, plumber),
)
ui = KopiaUi("kopia-ui", arguments.kopia_ui(settings), after(volsync, repository))
audit = Audit("audit", arguments.audit(settings), after(volsync, store, repository))
Denial(
    "denial",
    arguments.denial(settings),
    after(volsync, repository, mover, plumber, ui, audit),
)
Alerts("alerts", arguments.alerts(settings), after(volsync))
Dashboard("dashboard", arguments.dashboard(settings), after(volsync))

pulumi.export("image", settings.image)
pulumi.export("auditUrl", audit.url)
pulumi.export("kopiaUiUrl", ui.url)
pulumi.export("kopiaUiPassword", ui.password)
