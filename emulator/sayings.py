"""How AWS words what it refuses."""

from dataclasses import dataclass

_USER = "arn:aws:iam::123456789012:user/someone"
_DENIED = f"{_USER} is not authorized to perform: {{what}} because no identity-based policy allows the {{what}} action"


@dataclass(frozen=True)
class Saying:
    """How AWS words one refusal: the HTTP status, the sentence, and the code that a CloudFormation handler gives it."""

    status: int
    message: str
    handler: str = "GeneralServiceException"


SAYINGS = {
    "ExpiredToken": Saying(
        403, "The security token included in the request is expired", "InvalidCredentials"
    ),
    "ExpiredTokenException": Saying(400, "The security token included in the request is expired"),
    "RequestExpired": Saying(400, "Request has expired."),
    "InvalidClientTokenId": Saying(
        403, "The security token included in the request is invalid.", "InvalidCredentials"
    ),
    "UnrecognizedClientException": Saying(
        400, "The security token included in the request is invalid."
    ),
    "SignatureDoesNotMatch": Saying(
        403,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.",
    ),
    "InvalidAccessKeyId": Saying(
        403, "The AWS Access Key Id you provided does not exist in our records."
    ),
    "AuthFailure": Saying(
        401, "AWS was not able to validate the provided access credentials", "InvalidCredentials"
    ),
    "AccessDenied": Saying(403, f"User: {_DENIED}", "AccessDenied"),
    "AccessDeniedException": Saying(400, f"User: {_DENIED}", "AccessDenied"),
    "UnauthorizedOperation": Saying(
        403, f"You are not authorized to perform this operation. User: {_DENIED}", "AccessDenied"
    ),
    "Throttling": Saying(400, "Rate exceeded", "Throttling"),
    "ThrottlingException": Saying(400, "Rate exceeded", "Throttling"),
    "RequestLimitExceeded": Saying(503, "Request limit exceeded.", "Throttling"),
    "SlowDown": Saying(503, "Please reduce your request rate.", "Throttling"),
    "VpcLimitExceeded": Saying(
        400, "The maximum number of VPCs has been reached.", "ServiceLimitExceeded"
    ),
    "AddressLimitExceeded": Saying(
        400, "The maximum number of addresses has been reached.", "ServiceLimitExceeded"
    ),
    "VcpuLimitExceeded": Saying(
        400,
        "You have requested more vCPU capacity than your current vCPU limit of 16 allows for the instance bucket that "
        "the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request "
        "an adjustment to this limit.",
        "ServiceLimitExceeded",
    ),
    "InstanceLimitExceeded": Saying(
        400,
        "You have requested more instances (9) than your current instance limit of 5 allows for the specified instance "
        "type. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
        "ServiceLimitExceeded",
    ),
    # What an instance says that ended at once, and not a call: its disks could not be encrypted.
    "Client.InternalError": Saying(400, "Client error on launch"),
    "InsufficientInstanceCapacity": Saying(
        500,
        "We currently do not have sufficient t2.large capacity in the Availability Zone you requested (us-east-1a). "
        "Our system will be working on provisioning additional capacity. You can currently get t2.large capacity by "
        "not specifying an Availability Zone in your request or choosing us-east-1b, us-east-1c.",
    ),
    "Unsupported": Saying(
        400,
        "Your requested instance type (t2.large) is not supported in your requested Availability Zone (us-east-1e). "
        "Please retry your request by not specifying an Availability Zone or choosing us-east-1a, us-east-1b.",
    ),
    "OptInRequired": Saying(
        403,
        "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe.",
    ),
    "InvalidParameterCombination": Saying(
        400,
        "The specified instance type is not eligible for Free Tier. For a list of Free Tier instance types, run "
        "'describe-instance-types' with the filter 'free-tier-eligible=true'.",
        "InvalidRequest",
    ),
    "OperationNotPermitted": Saying(
        400,
        "This AWS account currently does not support creating load balancers. For more information, please contact AWS "
        "Support.",
        "InvalidRequest",
    ),
    "PendingVerification": Saying(
        400,
        "Your request for accessing resources in this region is being validated, and you will not be able to launch "
        "additional resources in this region until the validation is complete.",
    ),
    "LimitExceeded": Saying(
        409, "Cannot exceed quota for RolesPerAccount: 1000", "ServiceLimitExceeded"
    ),
    "LimitExceededException": Saying(400, "Limit exceeded", "ServiceLimitExceeded"),
    "DependencyViolation": Saying(
        400, "The resource has dependencies and cannot be deleted.", "ResourceConflict"
    ),
    # Of a stack that was made with a role, which is no more.
    "ValidationError": Saying(
        400,
        "Role arn:aws:iam::123456789012:role/cdk-leadline-cfn-exec-role-123456789012-us-east-1 is invalid or cannot be "
        "assumed",
    ),
}
