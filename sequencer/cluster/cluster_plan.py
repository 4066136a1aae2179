"""From the configuration to a member: what a node that is not alone is started with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.cluster.cluster_member import (
    ClusterMember,
    MemberParts,
    MemberSettings,
)
from strikeproof.sequencer.cluster.etcd_client import EtcdClient, EtcdTls
from strikeproof.sequencer.cluster.etcd_log import EtcdLog
from strikeproof.sequencer.cluster.folder_catch_up import FolderCatchUp, ReplaceEnd
from strikeproof.sequencer.cluster.folder_position import folder_position
from strikeproof.sequencer.cluster.log_repair import LogRepair, OrderRepair
from strikeproof.sequencer.cluster.standby_replay import StandbyReplay
from strikeproof.sequencer.config import ClusterSection
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.order.charge_rate import ChargeRates
from strikeproof.sequencer.order.orderer import Orderer
from strikeproof.sequencer.pipeline.pipeline import Pipeline
from strikeproof.sequencer.prover.prover_link import ProverLink
from strikeproof.sequencer.recovery.data_folder import DataFolder


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """Everything of the cluster that is known before the node has recovered. Make it with
    `of_section`, on the event loop."""

    log: EtcdLog
    settings: MemberSettings
    domain_separator: bytes
    l1_epoch: Callable[[], int]
    advertise: str | None
    endpoint_file: Path

    @classmethod
    def of_section(
        cls,
        section: ClusterSection,
        domain_separator: bytes,
        address: bytes,
        l1_epoch: Callable[[], int],
        endpoint_file: Path,
    ) -> ClusterPlan:
        """Prepare the connections."""
        endpoint_file.unlink(missing_ok=True)  # of a node that was killed here
        tls = None
        if section.ca_file is not None:
            tls = EtcdTls(section.ca_file, section.cert_file, section.key_file)
        etcd = EtcdClient(section.endpoints, timeout_seconds=section.timeout_ms / 1000, tls=tls)
        settings = MemberSettings(
            section.name,
            address,
            section.silence_ms / 1000,
            section.beat_ms / 1000,
            section.kept_batches,
            section.defragment_mib << 20,
        )
        return cls(
            EtcdLog(etcd, domain_separator),
            settings,
            domain_separator,
            l1_epoch,
            section.advertise,
            endpoint_file,
        )

    async def catch_up(
        self, folder: DataFolder, replace_end: ReplaceEnd, repair: OrderRepair
    ) -> None:
        """Bring a folder to the end of the shared log, and the log in line with L1: before the
        node recovers. Raises `LogDiverged`, `LogTrimmed`, and what reading the folder raises."""

        def begin() -> FolderCatchUp:
            return FolderCatchUp(self.log, folder, self.domain_separator, replace_end)

        await LogRepair(self.log, self.settings, self.l1_epoch).run(begin, repair)

    def member(
        self,
        folder: DataFolder,
        pipeline: Pipeline,
        orderer: Orderer,
        rates: ChargeRates,
        store: BatchStore,
        finality: FinalityBook,
        prover: ProverLink,
    ) -> ClusterMember:
        """Return the member of a recovered node, which stands by from here on."""
        parts = MemberParts(
            pipeline,
            StandbyReplay(orderer, rates),
            store,
            finality,
            self.l1_epoch,
            self._endpoint,
            lambda: prover.batch_proved,
        )
        member = ClusterMember(self.log, self.settings, parts, folder_position(folder))
        metrics = pipeline.commit.delivery.metrics
        metrics.leading.set_function(lambda: float(member.is_leading))
        metrics.lag_seconds.set_function(lambda: member.lag_ms / 1000)
        return member

    def _endpoint(self) -> str:
        try:
            listening = self.endpoint_file.read_text().strip()
        except OSError:
            return ""
        return self.advertise or listening

    async def close(self) -> None:
        """Close the connections to etcd."""
        await self.log.etcd.close()
