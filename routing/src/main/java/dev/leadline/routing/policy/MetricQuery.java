package dev.leadline.routing.policy;

import java.time.Duration;

/**
 * A metric that a policy needs of every target.
 *
 * @param namespace such as {@code AWS/EC2}
 * @param name such as {@code CPUUtilization}
 * @param dimension the dimension whose value is the target's id, such as {@code InstanceId}
 * @param statistic such as {@code Average}
 * @param period of one data point
 * @param maxAge data points of periods that ended longer ago are ignored
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
