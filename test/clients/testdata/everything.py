"""Calls the API through boto3: makes, reads, lists and deletes one of each resource."""

import sys
import uuid

import boto3
from botocore.exceptions import ClientError

account, ami = sys.argv[1:]
prefix = f"arn:aws:imagebuilder:us-east-1:{account}:"
parent = "arn:aws:imagebuilder:us-east-1:aws:image/debian-12-x86/x.x.x"
document = open("testdata/web.yaml").read()
api = boto3.client("imagebuilder")


def refused(code, status, call, **arguments):
    """Wants a call to fail with a code, once."""
    try:
        call(**arguments)
    except ClientError as e:
        meta = e.response["ResponseMetadata"]
        assert e.response["Error"]["Code"] == code, e
        assert meta["HTTPStatusCode"] == status and meta["RetryAttempts"] == 0, meta
        assert uuid.UUID(meta["RequestId"]), meta
        return e
    raise AssertionError(f"{call} with {arguments} was not refused")


# Made.
web = api.create_component(name="web", semanticVersion="1.0.0", platform="Linux", data=document, tags={"a": "b"})
assert web["requestId"] == web["ResponseMetadata"]["RequestId"], web
component = web["componentBuildVersionArn"]
assert component == prefix + "component/web/1.0.0/1", component
changed = api.create_component(name="web", semanticVersion="1.0.0", platform="Linux", data=document + "# changed\n")
assert changed["componentBuildVersionArn"] == prefix + "component/web/1.0.0/2", changed
recipe = api.create_image_recipe(
    name="golden", semanticVersion="1.0.x", parentImage=parent, components=[{"componentArn": prefix + "component/web/x.x.x"}],
    workingDirectory="/srv", tags={"k": "v"},
)["imageRecipeArn"]
assert recipe == prefix + "image-recipe/golden/1.0.0", recipe
infrastructure = api.create_infrastructure_configuration(name="small", instanceProfileName="p")["infrastructureConfigurationArn"]
distribution = api.create_distribution_configuration(
    name="here", distributions=[{"region": "us-east-1", "amiDistributionConfiguration": {"name": "golden {{ imagebuilder:buildDate }}"}}],
)["distributionConfigurationArn"]
pipeline = api.create_image_pipeline(name="nightly", imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure)["imagePipelineArn"]
started = api.start_image_pipeline_execution(imagePipelineArn=pipeline)["imageBuildVersionArn"]
image = api.create_image(imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure, distributionConfigurationArn=distribution)["imageBuildVersionArn"]
assert (started, image) == (prefix + "image/golden/1.0.0/1", prefix + "image/golden/1.0.0/2"), (started, image)

# Read.
got = api.get_component(componentBuildVersionArn=prefix + "component/web/1.x.x")["component"]
assert got["arn"].endswith("/2") and got["data"].endswith("# changed\n") and got["tags"] == {}, got
assert api.get_image_recipe(imageRecipeArn=recipe)["imageRecipe"]["workingDirectory"] == "/srv"
assert api.get_infrastructure_configuration(infrastructureConfigurationArn=infrastructure)["infrastructureConfiguration"]["terminateInstanceOnFailure"]
assert api.get_distribution_configuration(distributionConfigurationArn=distribution)["distributionConfiguration"]["timeoutMinutes"] == 720
assert api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]["platform"] == "Linux"
got = api.get_image(imageBuildVersionArn=image)["image"]
assert got["state"] == {"status": "PENDING"} and got["version"] == "1.0.0/2" and got["outputResources"] == {"amis": []}, got

# Changed.
api.update_infrastructure_configuration(infrastructureConfigurationArn=infrastructure, instanceProfileName="p", description="new")
got = api.get_infrastructure_configuration(infrastructureConfigurationArn=infrastructure)["infrastructureConfiguration"]
assert got["description"] == "new" and got["dateUpdated"].endswith("Z"), got
api.update_image_pipeline(imagePipelineArn=pipeline, imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure, status="DISABLED")
assert api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]["status"] == "DISABLED"
api.update_distribution_configuration(
    distributionConfigurationArn=distribution, distributions=[{"region": "eu-west-1", "amiDistributionConfiguration": {}}],
)
got = api.get_distribution_configuration(distributionConfigurationArn=distribution)["distributionConfiguration"]
assert [d["region"] for d in got["distributions"]] == ["eu-west-1"], got

# Listed.
assert [c["arn"] for c in api.list_components()["componentVersionList"]] == [prefix + "component/web/1.0.0"]
builds = api.list_component_build_versions(componentVersionArn=prefix + "component/web/1.0.0")["componentSummaryList"]
assert [c["arn"][-2:] for c in builds] == ["/2", "/1"], builds
assert [r["arn"] for r in api.list_image_recipes()["imageRecipeSummaryList"]] == [recipe]
assert [c["arn"] for c in api.list_infrastructure_configurations()["infrastructureConfigurationSummaryList"]] == [infrastructure]
assert [c["regions"] for c in api.list_distribution_configurations()["distributionConfigurationSummaryList"]] == [["eu-west-1"]]
assert [p["arn"] for p in api.list_image_pipelines()["imagePipelineList"]] == [pipeline]
assert [i["version"] for i in api.list_images()["imageVersionList"]] == ["1.0.0"]
assert [i["owner"] for i in api.list_images(owner="Amazon")["imageVersionList"]] == ["Amazon"]
pages = api.get_paginator("list_image_build_versions").paginate(imageVersionArn=prefix + "image/golden/1.0.0", PaginationConfig={"PageSize": 1})
assert [i["version"] for page in pages for i in page["imageSummaryList"]] == ["1.0.0/2", "1.0.0/1"]

# Tagged.
api.tag_resource(resourceArn=component, tags={"c d": "e/f=g"})
assert api.list_tags_for_resource(resourceArn=component)["tags"] == {"a": "b", "c d": "e/f=g"}
api.untag_resource(resourceArn=component, tagKeys=["a", "nothing"])
assert api.list_tags_for_resource(resourceArn=component)["tags"] == {"c d": "e/f=g"}

# Refused.
refused("ResourceNotFoundException", 404, api.get_image, imageBuildVersionArn=prefix + "image/none/1.0.0/1")
refused("ResourceNotFoundException", 404, api.delete_image_pipeline, imagePipelineArn=prefix + "image-pipeline/none")
refused("ResourceAlreadyExistsException", 400, api.create_image_pipeline, name="nightly", imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure)
refused("ResourceDependencyException", 400, api.delete_image_recipe, imageRecipeArn=recipe)
refused("ResourceDependencyException", 400, api.delete_image, imageBuildVersionArn=image)
refused("InvalidParameterException", 400, api.tag_resource, resourceArn=prefix + "no-such-kind/x", tags={"a": "b"})
refused("InvalidRequestException", 400, api.list_workflows)
e = refused("InvalidParameterValueException", 400, api.create_distribution_configuration, name="none", distributions=[{"region": "us-east-1"}])
assert e.response["Error"]["Message"] == (
    "The value supplied for parameter 'distributions[0]' is not valid. "
    "One or more outputs should be provided for each region in a distribution configuration."
), e
refused("UnrecognizedClientException", 403, boto3.client("imagebuilder", aws_access_key_id="AKIANOBODY", aws_secret_access_key="none").list_images)

# The neighbours.
ec2 = boto3.client("ec2")
assert [i["Name"] for i in ec2.describe_images(ImageIds=[ami])["Images"]] == ["golden <1>"]
assert len(ec2.describe_image_attribute(ImageId=ami, Attribute="launchPermission")["LaunchPermissions"]) == 3
refused("InvalidAction", 400, ec2.describe_vpcs)
assert boto3.client("sts").get_caller_identity()["Account"] == account

# Deleted.
for arn in (started, image):
    api.cancel_image_creation(imageBuildVersionArn=arn)
api.delete_image_pipeline(imagePipelineArn=pipeline)
api.delete_image_recipe(imageRecipeArn=recipe)
for build in ("1", "2"):
    api.delete_component(componentBuildVersionArn=prefix + "component/web/1.0.0/" + build)
api.delete_distribution_configuration(distributionConfigurationArn=distribution)
api.delete_infrastructure_configuration(infrastructureConfigurationArn=infrastructure)
refused("ResourceNotFoundException", 404, api.get_component, componentBuildVersionArn=component)
assert api.list_components()["componentVersionList"] == []
