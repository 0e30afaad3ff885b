import { eventually } from './eventually.ts';

/** A node of NATS that can be asked over its monitoring port. */
interface MonitoredNode {
  readonly name: string;
  readonly running: boolean;
  readonly monitorUrl: string;
}

interface JetStreamView {
  readonly meta_cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly offline?: boolean; readonly current?: boolean }[];
  };
  readonly account_details?: readonly {
    readonly stream_detail?: readonly { readonly name: string; readonly cluster?: { readonly leader?: string } }[];
  }[];
}

async function jetStreamView(node: MonitoredNode, query = ''): Promise<JetStreamView> {
  const response = await fetch(`${node.monitorUrl}/jsz${query}`, { signal: AbortSignal.timeout(1000) });
  return (await response.json()) as JetStreamView;
}

/** Waits until JetStream has a meta leader and every running node follows it. */
export async function metaReady(nodes: readonly MonitoredNode[]): Promise<void> {
  const running = () => nodes.filter((node) => node.running);
  await eventually(
    'JetStream has a meta leader',
    async () => {
      const asked = running();
      const views = await Promise.all(asked.map((node) => jetStreamView(node)));
      const leader = views[0]?.meta_cluster?.leader;
      const peers = views[asked.findIndex((node) => node.name === leader)]?.meta_cluster?.replicas ?? [];
      return (
        views.every((view) => view.meta_cluster?.leader === leader) &&
        peers.filter((peer) => !peer.offline && peer.current).length === asked.length - 1
      );
    },
    { deadlineMs: 20_000, everyMs: 50 },
  );
}

export async function leaderOf<Node extends MonitoredNode>(nodes: readonly Node[], stream: string): Promise<Node> {
  return eventually(`a leader of ${stream}`, async () => {
    const running = nodes.filter((node) => node.running);
    const views = await Promise.all(running.map((node) => jetStreamView(node, '?streams=true')));
    const names = views
      .flatMap((view) => view.account_details ?? [])
      .flatMap((account) => account.stream_detail ?? [])
      .filter((detail) => detail.name === stream)
      .map((detail) => detail.cluster?.leader);
    return running.find((node) => names.every((name) => name === node.name) && names.length > 0);
  });
}
