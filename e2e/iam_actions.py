"""Which permission an API call needs, with every case in which IAM's name differs from the API's."""

# Calls that need credentials and no permission.
FREE = {("sts", "GetCallerIdentity")}

# Services whose calls are signed under another name than IAM has for them.
PREFIXES = {
    "monitoring": "cloudwatch",
    "tagging": "tag",
    "email": "ses",
}

# Where a call needs another permission than its own name says, or more than one.
EXCEPTIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("budgets", "DescribeBudget"): ("budgets:ViewBudget",),
    ("budgets", "DescribeBudgets"): ("budgets:ViewBudget",),
    ("budgets", "CreateBudget"): ("budgets:ModifyBudget",),
    ("budgets", "DeleteBudget"): ("budgets:ModifyBudget",),
    ("s3", "CompleteMultipartUpload"): ("s3:PutObject",),
    ("s3", "CreateMultipartUpload"): ("s3:PutObject",),
    ("s3", "DeleteObjects"): ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    ("s3", "GetBucketEncryption"): ("s3:GetEncryptionConfiguration",),
    ("s3", "HeadBucket"): ("s3:ListBucket",),
    ("s3", "HeadObject"): ("s3:GetObject",),
    ("s3", "ListBuckets"): ("s3:ListAllMyBuckets",),
    ("s3", "ListObjects"): ("s3:ListBucket",),
    ("s3", "ListObjectsV2"): ("s3:ListBucket",),
    ("s3", "ListObjectVersions"): ("s3:ListBucketVersions",),
    ("s3", "PutPublicAccessBlock"): ("s3:PutBucketPublicAccessBlock",),
    ("s3", "UploadPart"): ("s3:PutObject",),
}


def needed(service: str, operation: str) -> tuple[str, ...]:
    """The IAM actions that a call of an API operation needs.

    Args:
        service: as the call is signed, such as ``monitoring``
        operation: as the service's model names it, such as ``GetMetricData``
    """
    if (service, operation) in FREE:
        return ()
    own = (f"{PREFIXES.get(service, service)}:{operation}",)
    return EXCEPTIONS.get((service, operation), own)
