package dev.leadline.routing.policy;

import java.time.Duration;

/**
 * A metric of every target that a policy wants to be told of.
 *
 * @param namespace such as {@code AWS/EC2}
 * @param name such as {@code CPUUtilization}
 * @param dimension the dimension whose value is the target's id, such as {@code InstanceId}
 * @param statistic such as {@code Average}
 * @param period of one data point
 * @param maxAge figures of periods that ended longer ago than this are of no use
 * @param refresh how often to read it
 */
public record MetricQuery(
    String namespace,
    String name,
    String dimension,
    String statistic,
    Duration period,
    Duration maxAge,
    Duration refresh) {}
