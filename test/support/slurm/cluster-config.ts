// What the test cluster is made of: slurm.conf, the munge daemon and free ports. Times are short, so that a lost node
// is noticed in seconds.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';

export interface ClusterSettings {
  /** Small, so that arrays are split. */
  readonly maxArraySize?: number;
  /** Seconds a preempted job has between the warning and its end. */
  readonly graceTime?: number;
}

/** `ports[0]` is the controller's, the others the nodes'. Two partitions on the same nodes: high preempts low. */
export function slurmConfig(
  folder: string,
  nodes: readonly string[],
  ports: readonly number[],
  { maxArraySize = 5, graceTime = 0 }: ClusterSettings,
): string {
  const at = (...parts: string[]): string => path.join(folder, ...parts);
  return `ClusterName=sdxtest
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${ports[0]!}
SlurmUser=${userInfo().username}
SlurmdUser=${userInfo().username}
AuthType=auth/munge
AuthInfo=socket=${at('munge', 'socket')},cred_expire=5
StateSaveLocation=${at('state')}
SlurmctldPidFile=${at('slurmctld.pid')}
SlurmdPidFile=${at('slurmd-%n.pid')}
SlurmdSpoolDir=${at('spool', '%n')}
TmpFS=${at('tmp', '%n')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_min_interval=100000,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
MaxArraySize=${maxArraySize}
SlurmdTimeout=6
SlurmctldTimeout=30
KillWait=5
MinJobAge=300
ReturnToService=2
MpiDefault=none
${nodes.map((node, i) => `NodeName=${node} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${ports[i + 1]!} CPUs=2 RealMemory=2000`).join('\n')}
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=${graceTime} State=UP MaxTime=60
PartitionName=high Nodes=ALL PriorityTier=10 PreemptMode=OFF State=UP MaxTime=60
`;
}

/** Writes a key and returns the command that starts munge's daemon on it. */
export async function munged(folder: string): Promise<[command: string, args: string[]]> {
  const at = (name: string): string => path.join(folder, 'munge', name);
  await writeFile(at('key'), randomBytes(128), { mode: 0o600 });
  return [
    'munged',
    [
      '--foreground',
      '--force',
      `--socket=${at('socket')}`,
      `--key-file=${at('key')}`,
      `--log-file=${at('log')}`,
      `--pid-file=${at('pid')}`,
      `--seed-file=${at('seed')}`,
    ],
  ];
}

/** `count` TCP ports of 127.0.0.1 that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
