"""EC2: addresses that a process on this machine can bind, and resources that go when their stack does."""

import functools
import itertools
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends
from moto.ec2.models import elastic_ip_addresses as eips
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.vpcs import VPCBackend

_IMAGE_GIGABYTES = 8
_unassociated = itertools.count(1)


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    public_address_is_private_address()
    elastic_address_is_instance_address()
    elastic_address_association()
    elastic_address_update()
    elastic_address_delete()
    route_table_delete()
    internet_gateway_delete()
    interfaces_end_with_their_instance()
    disks_as_large_as_their_image()
    network_acls_end_with_their_vpc()


def public_address_is_private_address() -> None:
    """moto invents a random public address, which nothing on this machine answers."""

    def check_auto_public_ip(self: NetworkInterface) -> None:
        if str(self.public_ip_auto_assign).lower() == "true":
            self.public_ip = self.private_ip_address

    NetworkInterface.check_auto_public_ip = check_auto_public_ip


def elastic_address_is_instance_address() -> None:
    """An Elastic IP is a random address in moto; here it becomes the address of the instance it is associated with.

    Until then it is an address of 127.3.0.0/16, which no machine uses.
    """

    def unassociated_address() -> str:
        number = next(_unassociated)
        return f"127.3.{number // 250 % 250}.{number % 250 + 1}"

    eips.random_ip = unassociated_address
    associate = eips.ElasticAddressBackend.associate_address
    disassociate = eips.ElasticAddressBackend.disassociate_address

    @functools.wraps(associate)
    def associate_address(self: Any, *args: Any, **kwargs: Any) -> eips.ElasticAddress:
        eip = associate(self, *args, **kwargs)
        if eip.eni and eip.eni.private_ip_address:
            eip.public_ip = eip.eni.public_ip = eip.eni.private_ip_address
        return eip

    @functools.wraps(disassociate)
    def disassociate_address(
        self: Any, address: str | None = None, association_id: str | None = None
    ) -> None:
        found = (
            self.address_by_ip([address])
            if address
            else self.address_by_association([association_id])
        )
        disassociate(self, address, association_id)
        for eip in found[:1]:
            eip.public_ip = unassociated_address()

    @functools.wraps(eips.ElasticAddressBackend.release_address)
    def release_address(
        self: Any, address: str | None = None, allocation_id: str | None = None
    ) -> None:
        found = (
            self.address_by_ip([address])
            if address
            else self.address_by_allocation([allocation_id])
        )
        disassociate(self, address=found[0].public_ip)
        found[0].allocation_id = None
        self.addresses.remove(found[0])

    eips.ElasticAddressBackend.associate_address = associate_address
    eips.ElasticAddressBackend.disassociate_address = disassociate_address
    eips.ElasticAddressBackend.release_address = release_address


class ElasticAddressAssociation(CloudFormationModel):
    """``AWS::EC2::EIPAssociation``, which moto's CloudFormation lacks."""

    def __init__(self, eip: eips.ElasticAddress) -> None:
        self.eip = eip
        self.id = eip.association_id

    @property
    def physical_resource_id(self) -> str:
        """The association's id, as on AWS."""
        return self.id or self.eip.public_ip

    @staticmethod
    def cloudformation_name_type() -> str:
        """No property names this resource."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """The type in templates."""
        return "AWS::EC2::EIPAssociation"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,  # noqa: ARG003 - moto's signature
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> "ElasticAddressAssociation":
        """Associates the address with the instance."""
        properties = cloudformation_json["Properties"]
        backend = ec2_backends[account_id][region_name]
        eip = backend.associate_address(
            instance=backend.get_instance_by_id(properties["InstanceId"]),
            address=properties.get("EIP"),
            allocation_id=properties.get("AllocationId"),
            reassociate=True,  # as in every VPC: the address moves
        )
        return cls(eip)

    def delete(self, account_id: str, region_name: str) -> None:
        """Takes the address from the instance, unless it has moved on to another."""
        if self.eip.association_id == self.id and self.eip.instance:
            ec2_backends[account_id][region_name].disassociate_address(address=self.eip.public_ip)


def elastic_address_association() -> None:
    """moto's CloudFormation has no AWS::EC2::EIPAssociation: defining the class above adds it."""


def elastic_address_update() -> None:
    """moto cannot move an Elastic IP of a stack to another instance: on AWS the same address does."""

    def update_from_cloudformation_json(  # noqa: PLR0913, PLR0917 - moto's signature
        cls: type[eips.ElasticAddress],  # noqa: ARG001
        original_resource: eips.ElasticAddress,
        new_resource_name: str,  # noqa: ARG001
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> eips.ElasticAddress:
        backend = ec2_backends[account_id][region_name]
        properties = cloudformation_json["Properties"]
        wanted = properties.get("InstanceId")
        now = original_resource.instance.id if original_resource.instance else None
        if wanted and wanted != now:
            backend.associate_address(
                instance=backend.get_instance_by_id(wanted),
                address=original_resource.public_ip,
                reassociate=True,
            )
        elif now and not wanted:
            backend.disassociate_address(address=original_resource.public_ip)
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        if tags and original_resource.allocation_id:
            backend.create_tags([original_resource.allocation_id], tags)
        return original_resource

    eips.ElasticAddress.update_from_cloudformation_json = classmethod(
        update_from_cloudformation_json
    )


def elastic_address_delete() -> None:
    """moto's stack deletion leaves Elastic IPs allocated."""

    def delete(self: eips.ElasticAddress, account_id: str, region_name: str) -> None:
        backend = ec2_backends[account_id][region_name]
        if self in backend.addresses:
            backend.release_address(address=self.public_ip)

    eips.ElasticAddress.delete = delete


def route_table_delete() -> None:
    """moto's stack deletion leaves route tables, and their VPC cannot be deleted then."""

    def delete(self: RouteTable, account_id: str, region_name: str) -> None:
        backend = ec2_backends[account_id][region_name]
        if self.id in backend.route_tables:
            self._associations.clear()
            backend.delete_route_table(self.id)

    RouteTable.delete = delete


def internet_gateway_delete() -> None:
    """moto's stack deletion leaves internet gateways, detached ones too."""

    def delete(self: InternetGateway, account_id: str, region_name: str) -> None:
        backend = ec2_backends[account_id][region_name]
        if self.id in backend.internet_gateways:
            if self.vpc:
                backend.detach_internet_gateway(self.id, self.vpc.id)
            backend.delete_internet_gateway(self.id)

    InternetGateway.delete = delete


def interfaces_end_with_their_instance() -> None:
    """moto keeps the network interface of a terminated instance, and terminating twice fails once it does not."""
    prepare, terminate = Instance.prep_nics, Instance.terminate

    @functools.wraps(prepare)
    def prep_nics(
        self: Instance, nic_spec: list[dict[str, Any]], *args: Any, **kwargs: Any
    ) -> None:
        given = {nic.get("NetworkInterfaceId") for nic in nic_spec}
        prepare(self, nic_spec, *args, **kwargs)
        for nic in self.nics.values():
            nic.delete_on_termination = nic.id not in given

    @functools.wraps(terminate)
    def terminate_once(self: Instance) -> Any:
        if self.state == "terminated":
            return self._state
        for eip in self.ec2_backend.addresses:
            if eip.instance is self:
                self.ec2_backend.disassociate_address(address=eip.public_ip)
        return terminate(self)

    Instance.prep_nics = prep_nics
    Instance.terminate = terminate_once


def disks_as_large_as_their_image() -> None:
    """moto refuses a disk of an instance that says no size; EC2 makes it as large as the image's."""
    add = Instance.add_block_device

    @functools.wraps(add)
    def add_block_device(self: Instance, size: int | None, *args: Any, **kwargs: Any) -> None:
        add(self, size or _IMAGE_GIGABYTES, *args, **kwargs)

    Instance.add_block_device = add_block_device


def network_acls_end_with_their_vpc() -> None:
    """moto keeps the network ACL that every VPC begins with when the VPC is deleted."""
    delete = VPCBackend.delete_vpc

    @functools.wraps(delete)
    def delete_vpc(self: Any, vpc_id: str) -> Any:
        vpc = delete(self, vpc_id)
        for acl in [it for it in self.network_acls.values() if it.vpc_id == vpc_id]:
            del self.network_acls[acl.id]
        return vpc

    VPCBackend.delete_vpc = delete_vpc
