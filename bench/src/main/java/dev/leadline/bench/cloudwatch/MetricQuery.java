package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.lab.Lab.MetricScope;

/**
 * One statistic of one metric, minute by minute.
 *
 * @param statistic as CloudWatch names it: {@code Sum}, {@code Average}, {@code p99}
 */
public record MetricQuery(MetricScope scope, String metric, String statistic) {}
