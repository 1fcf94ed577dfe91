/** The CDK app: from cdk.json's context to one CloudFormation template. */
@org.jspecify.annotations.NullMarked
package dev.leadline.infra;
