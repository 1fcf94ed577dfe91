package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.lab.LabDescription.MetricScope;

/**
 * One statistic of one metric, minute by minute.
 *
 * @param statistic as CloudWatch names it: {@code Sum}, {@code Average}, {@code p99}
 */
public record MetricStatistic(MetricScope scope, String metric, String statistic) {}
