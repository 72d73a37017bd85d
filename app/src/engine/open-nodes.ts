import { clusterAddress } from "./redis-address.ts";
import { type ClusterOptions, RedisCluster } from "./redis-cluster.ts";
import type { NodesListener, RedisNodes } from "./redis-nodes.ts";
import { type NodesOptions, RedisSingle } from "./redis-single.ts";

/** As the URL says. */
export function openNodes(
  options: NodesOptions & Pick<ClusterOptions, "reach">,
  listener: NodesListener,
): RedisNodes {
  const cluster = clusterAddress(options.url);
  return cluster === null
    ? new RedisSingle(options, listener)
    : new RedisCluster({ ...options, cluster }, listener);
}
