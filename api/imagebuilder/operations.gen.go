// Code generated from imagebuilder.json; DO NOT EDIT.

package imagebuilder

import "context"
import "ingot"
import "ingot/api/model"

// APIVersion is the version of the service's API.
const APIVersion = "2019-12-02"

// Namespace is that of the service's XML answers.
const Namespace = ""

// Service is what an implementation of the service does, one method an operation.
type Service interface {
	CancelImageCreation(ctx context.Context, in *CancelImageCreationInput) (*CancelImageCreationOutput, error)
	CancelLifecycleExecution(ctx context.Context, in *CancelLifecycleExecutionInput) (*CancelLifecycleExecutionOutput, error)
	CreateComponent(ctx context.Context, in *CreateComponentInput) (*CreateComponentOutput, error)
	CreateContainerRecipe(ctx context.Context, in *CreateContainerRecipeInput) (*CreateContainerRecipeOutput, error)
	CreateDistributionConfiguration(ctx context.Context, in *CreateDistributionConfigurationInput) (*CreateDistributionConfigurationOutput, error)
	CreateImage(ctx context.Context, in *CreateImageInput) (*CreateImageOutput, error)
	CreateImagePipeline(ctx context.Context, in *CreateImagePipelineInput) (*CreateImagePipelineOutput, error)
	CreateImageRecipe(ctx context.Context, in *CreateImageRecipeInput) (*CreateImageRecipeOutput, error)
	CreateInfrastructureConfiguration(ctx context.Context, in *CreateInfrastructureConfigurationInput) (*CreateInfrastructureConfigurationOutput, error)
	CreateLifecyclePolicy(ctx context.Context, in *CreateLifecyclePolicyInput) (*CreateLifecyclePolicyOutput, error)
	CreateWorkflow(ctx context.Context, in *CreateWorkflowInput) (*CreateWorkflowOutput, error)
	DeleteComponent(ctx context.Context, in *DeleteComponentInput) (*DeleteComponentOutput, error)
	DeleteContainerRecipe(ctx context.Context, in *DeleteContainerRecipeInput) (*DeleteContainerRecipeOutput, error)
	DeleteDistributionConfiguration(ctx context.Context, in *DeleteDistributionConfigurationInput) (*DeleteDistributionConfigurationOutput, error)
	DeleteImage(ctx context.Context, in *DeleteImageInput) (*DeleteImageOutput, error)
	DeleteImagePipeline(ctx context.Context, in *DeleteImagePipelineInput) (*DeleteImagePipelineOutput, error)
	DeleteImageRecipe(ctx context.Context, in *DeleteImageRecipeInput) (*DeleteImageRecipeOutput, error)
	DeleteInfrastructureConfiguration(ctx context.Context, in *DeleteInfrastructureConfigurationInput) (*DeleteInfrastructureConfigurationOutput, error)
	DeleteLifecyclePolicy(ctx context.Context, in *DeleteLifecyclePolicyInput) (*DeleteLifecyclePolicyOutput, error)
	DeleteWorkflow(ctx context.Context, in *DeleteWorkflowInput) (*DeleteWorkflowOutput, error)
	DistributeImage(ctx context.Context, in *DistributeImageInput) (*DistributeImageOutput, error)
	GetComponent(ctx context.Context, in *GetComponentInput) (*GetComponentOutput, error)
	GetComponentPolicy(ctx context.Context, in *GetComponentPolicyInput) (*GetComponentPolicyOutput, error)
	GetContainerRecipe(ctx context.Context, in *GetContainerRecipeInput) (*GetContainerRecipeOutput, error)
	GetContainerRecipePolicy(ctx context.Context, in *GetContainerRecipePolicyInput) (*GetContainerRecipePolicyOutput, error)
	GetDistributionConfiguration(ctx context.Context, in *GetDistributionConfigurationInput) (*GetDistributionConfigurationOutput, error)
	GetImage(ctx context.Context, in *GetImageInput) (*GetImageOutput, error)
	GetImagePipeline(ctx context.Context, in *GetImagePipelineInput) (*GetImagePipelineOutput, error)
	GetImagePolicy(ctx context.Context, in *GetImagePolicyInput) (*GetImagePolicyOutput, error)
	GetImageRecipe(ctx context.Context, in *GetImageRecipeInput) (*GetImageRecipeOutput, error)
	GetImageRecipePolicy(ctx context.Context, in *GetImageRecipePolicyInput) (*GetImageRecipePolicyOutput, error)
	GetInfrastructureConfiguration(ctx context.Context, in *GetInfrastructureConfigurationInput) (*GetInfrastructureConfigurationOutput, error)
	GetLifecycleExecution(ctx context.Context, in *GetLifecycleExecutionInput) (*GetLifecycleExecutionOutput, error)
	GetLifecyclePolicy(ctx context.Context, in *GetLifecyclePolicyInput) (*GetLifecyclePolicyOutput, error)
	GetMarketplaceResource(ctx context.Context, in *GetMarketplaceResourceInput) (*GetMarketplaceResourceOutput, error)
	GetWorkflow(ctx context.Context, in *GetWorkflowInput) (*GetWorkflowOutput, error)
	GetWorkflowExecution(ctx context.Context, in *GetWorkflowExecutionInput) (*GetWorkflowExecutionOutput, error)
	GetWorkflowStepExecution(ctx context.Context, in *GetWorkflowStepExecutionInput) (*GetWorkflowStepExecutionOutput, error)
	ImportComponent(ctx context.Context, in *ImportComponentInput) (*ImportComponentOutput, error)
	ImportDiskImage(ctx context.Context, in *ImportDiskImageInput) (*ImportDiskImageOutput, error)
	ImportVmImage(ctx context.Context, in *ImportVmImageInput) (*ImportVmImageOutput, error)
	ListComponentBuildVersions(ctx context.Context, in *ListComponentBuildVersionsInput) (*ListComponentBuildVersionsOutput, error)
	ListComponents(ctx context.Context, in *ListComponentsInput) (*ListComponentsOutput, error)
	ListContainerRecipes(ctx context.Context, in *ListContainerRecipesInput) (*ListContainerRecipesOutput, error)
	ListDistributionConfigurations(ctx context.Context, in *ListDistributionConfigurationsInput) (*ListDistributionConfigurationsOutput, error)
	ListImageBuildVersions(ctx context.Context, in *ListImageBuildVersionsInput) (*ListImageBuildVersionsOutput, error)
	ListImagePackages(ctx context.Context, in *ListImagePackagesInput) (*ListImagePackagesOutput, error)
	ListImagePipelineImages(ctx context.Context, in *ListImagePipelineImagesInput) (*ListImagePipelineImagesOutput, error)
	ListImagePipelines(ctx context.Context, in *ListImagePipelinesInput) (*ListImagePipelinesOutput, error)
	ListImageRecipes(ctx context.Context, in *ListImageRecipesInput) (*ListImageRecipesOutput, error)
	ListImageScanFindingAggregations(ctx context.Context, in *ListImageScanFindingAggregationsInput) (*ListImageScanFindingAggregationsOutput, error)
	ListImageScanFindings(ctx context.Context, in *ListImageScanFindingsInput) (*ListImageScanFindingsOutput, error)
	ListImages(ctx context.Context, in *ListImagesInput) (*ListImagesOutput, error)
	ListInfrastructureConfigurations(ctx context.Context, in *ListInfrastructureConfigurationsInput) (*ListInfrastructureConfigurationsOutput, error)
	ListLifecycleExecutionResources(ctx context.Context, in *ListLifecycleExecutionResourcesInput) (*ListLifecycleExecutionResourcesOutput, error)
	ListLifecycleExecutions(ctx context.Context, in *ListLifecycleExecutionsInput) (*ListLifecycleExecutionsOutput, error)
	ListLifecyclePolicies(ctx context.Context, in *ListLifecyclePoliciesInput) (*ListLifecyclePoliciesOutput, error)
	ListTagsForResource(ctx context.Context, in *ListTagsForResourceInput) (*ListTagsForResourceOutput, error)
	ListWaitingWorkflowSteps(ctx context.Context, in *ListWaitingWorkflowStepsInput) (*ListWaitingWorkflowStepsOutput, error)
	ListWorkflowBuildVersions(ctx context.Context, in *ListWorkflowBuildVersionsInput) (*ListWorkflowBuildVersionsOutput, error)
	ListWorkflowExecutions(ctx context.Context, in *ListWorkflowExecutionsInput) (*ListWorkflowExecutionsOutput, error)
	ListWorkflowStepExecutions(ctx context.Context, in *ListWorkflowStepExecutionsInput) (*ListWorkflowStepExecutionsOutput, error)
	ListWorkflows(ctx context.Context, in *ListWorkflowsInput) (*ListWorkflowsOutput, error)
	PutComponentPolicy(ctx context.Context, in *PutComponentPolicyInput) (*PutComponentPolicyOutput, error)
	PutContainerRecipePolicy(ctx context.Context, in *PutContainerRecipePolicyInput) (*PutContainerRecipePolicyOutput, error)
	PutImagePolicy(ctx context.Context, in *PutImagePolicyInput) (*PutImagePolicyOutput, error)
	PutImageRecipePolicy(ctx context.Context, in *PutImageRecipePolicyInput) (*PutImageRecipePolicyOutput, error)
	RetryImage(ctx context.Context, in *RetryImageInput) (*RetryImageOutput, error)
	SendWorkflowStepAction(ctx context.Context, in *SendWorkflowStepActionInput) (*SendWorkflowStepActionOutput, error)
	StartImagePipelineExecution(ctx context.Context, in *StartImagePipelineExecutionInput) (*StartImagePipelineExecutionOutput, error)
	StartResourceStateUpdate(ctx context.Context, in *StartResourceStateUpdateInput) (*StartResourceStateUpdateOutput, error)
	TagResource(ctx context.Context, in *TagResourceInput) (*TagResourceOutput, error)
	UntagResource(ctx context.Context, in *UntagResourceInput) (*UntagResourceOutput, error)
	UpdateDistributionConfiguration(ctx context.Context, in *UpdateDistributionConfigurationInput) (*UpdateDistributionConfigurationOutput, error)
	UpdateImagePipeline(ctx context.Context, in *UpdateImagePipelineInput) (*UpdateImagePipelineOutput, error)
	UpdateInfrastructureConfiguration(ctx context.Context, in *UpdateInfrastructureConfigurationInput) (*UpdateInfrastructureConfigurationOutput, error)
	UpdateLifecyclePolicy(ctx context.Context, in *UpdateLifecyclePolicyInput) (*UpdateLifecyclePolicyOutput, error)
}

// Unimplemented answers every operation with an error that names it. An
// implementation embeds it and overrides what it can do.
type Unimplemented struct{}

func unimplemented(operation string) error {
	return ingot.Errorf(ingot.InvalidRequest, "The operation %s is not implemented yet.", operation)
}

// CancelImageCreation is not implemented.
func (Unimplemented) CancelImageCreation(ctx context.Context, in *CancelImageCreationInput) (*CancelImageCreationOutput, error) {
	return nil, unimplemented("CancelImageCreation")
}

// CancelLifecycleExecution is not implemented.
func (Unimplemented) CancelLifecycleExecution(ctx context.Context, in *CancelLifecycleExecutionInput) (*CancelLifecycleExecutionOutput, error) {
	return nil, unimplemented("CancelLifecycleExecution")
}

// CreateComponent is not implemented.
func (Unimplemented) CreateComponent(ctx context.Context, in *CreateComponentInput) (*CreateComponentOutput, error) {
	return nil, unimplemented("CreateComponent")
}

// CreateContainerRecipe is not implemented.
func (Unimplemented) CreateContainerRecipe(ctx context.Context, in *CreateContainerRecipeInput) (*CreateContainerRecipeOutput, error) {
	return nil, unimplemented("CreateContainerRecipe")
}

// CreateDistributionConfiguration is not implemented.
func (Unimplemented) CreateDistributionConfiguration(ctx context.Context, in *CreateDistributionConfigurationInput) (*CreateDistributionConfigurationOutput, error) {
	return nil, unimplemented("CreateDistributionConfiguration")
}

// CreateImage is not implemented.
func (Unimplemented) CreateImage(ctx context.Context, in *CreateImageInput) (*CreateImageOutput, error) {
	return nil, unimplemented("CreateImage")
}

// CreateImagePipeline is not implemented.
func (Unimplemented) CreateImagePipeline(ctx context.Context, in *CreateImagePipelineInput) (*CreateImagePipelineOutput, error) {
	return nil, unimplemented("CreateImagePipeline")
}

// CreateImageRecipe is not implemented.
func (Unimplemented) CreateImageRecipe(ctx context.Context, in *CreateImageRecipeInput) (*CreateImageRecipeOutput, error) {
	return nil, unimplemented("CreateImageRecipe")
}

// CreateInfrastructureConfiguration is not implemented.
func (Unimplemented) CreateInfrastructureConfiguration(ctx context.Context, in *CreateInfrastructureConfigurationInput) (*CreateInfrastructureConfigurationOutput, error) {
	return nil, unimplemented("CreateInfrastructureConfiguration")
}

// CreateLifecyclePolicy is not implemented.
func (Unimplemented) CreateLifecyclePolicy(ctx context.Context, in *CreateLifecyclePolicyInput) (*CreateLifecyclePolicyOutput, error) {
	return nil, unimplemented("CreateLifecyclePolicy")
}

// CreateWorkflow is not implemented.
func (Unimplemented) CreateWorkflow(ctx context.Context, in *CreateWorkflowInput) (*CreateWorkflowOutput, error) {
	return nil, unimplemented("CreateWorkflow")
}

// DeleteComponent is not implemented.
func (Unimplemented) DeleteComponent(ctx context.Context, in *DeleteComponentInput) (*DeleteComponentOutput, error) {
	return nil, unimplemented("DeleteComponent")
}

// DeleteContainerRecipe is not implemented.
func (Unimplemented) DeleteContainerRecipe(ctx context.Context, in *DeleteContainerRecipeInput) (*DeleteContainerRecipeOutput, error) {
	return nil, unimplemented("DeleteContainerRecipe")
}

// DeleteDistributionConfiguration is not implemented.
func (Unimplemented) DeleteDistributionConfiguration(ctx context.Context, in *DeleteDistributionConfigurationInput) (*DeleteDistributionConfigurationOutput, error) {
	return nil, unimplemented("DeleteDistributionConfiguration")
}

// DeleteImage is not implemented.
func (Unimplemented) DeleteImage(ctx context.Context, in *DeleteImageInput) (*DeleteImageOutput, error) {
	return nil, unimplemented("DeleteImage")
}

// DeleteImagePipeline is not implemented.
func (Unimplemented) DeleteImagePipeline(ctx context.Context, in *DeleteImagePipelineInput) (*DeleteImagePipelineOutput, error) {
	return nil, unimplemented("DeleteImagePipeline")
}

// DeleteImageRecipe is not implemented.
func (Unimplemented) DeleteImageRecipe(ctx context.Context, in *DeleteImageRecipeInput) (*DeleteImageRecipeOutput, error) {
	return nil, unimplemented("DeleteImageRecipe")
}

// DeleteInfrastructureConfiguration is not implemented.
func (Unimplemented) DeleteInfrastructureConfiguration(ctx context.Context, in *DeleteInfrastructureConfigurationInput) (*DeleteInfrastructureConfigurationOutput, error) {
	return nil, unimplemented("DeleteInfrastructureConfiguration")
}

// DeleteLifecyclePolicy is not implemented.
func (Unimplemented) DeleteLifecyclePolicy(ctx context.Context, in *DeleteLifecyclePolicyInput) (*DeleteLifecyclePolicyOutput, error) {
	return nil, unimplemented("DeleteLifecyclePolicy")
}

// DeleteWorkflow is not implemented.
func (Unimplemented) DeleteWorkflow(ctx context.Context, in *DeleteWorkflowInput) (*DeleteWorkflowOutput, error) {
	return nil, unimplemented("DeleteWorkflow")
}

// DistributeImage is not implemented.
func (Unimplemented) DistributeImage(ctx context.Context, in *DistributeImageInput) (*DistributeImageOutput, error) {
	return nil, unimplemented("DistributeImage")
}

// GetComponent is not implemented.
func (Unimplemented) GetComponent(ctx context.Context, in *GetComponentInput) (*GetComponentOutput, error) {
	return nil, unimplemented("GetComponent")
}

// GetComponentPolicy is not implemented.
func (Unimplemented) GetComponentPolicy(ctx context.Context, in *GetComponentPolicyInput) (*GetComponentPolicyOutput, error) {
	return nil, unimplemented("GetComponentPolicy")
}

// GetContainerRecipe is not implemented.
func (Unimplemented) GetContainerRecipe(ctx context.Context, in *GetContainerRecipeInput) (*GetContainerRecipeOutput, error) {
	return nil, unimplemented("GetContainerRecipe")
}

// GetContainerRecipePolicy is not implemented.
func (Unimplemented) GetContainerRecipePolicy(ctx context.Context, in *GetContainerRecipePolicyInput) (*GetContainerRecipePolicyOutput, error) {
	return nil, unimplemented("GetContainerRecipePolicy")
}

// GetDistributionConfiguration is not implemented.
func (Unimplemented) GetDistributionConfiguration(ctx context.Context, in *GetDistributionConfigurationInput) (*GetDistributionConfigurationOutput, error) {
	return nil, unimplemented("GetDistributionConfiguration")
}

// GetImage is not implemented.
func (Unimplemented) GetImage(ctx context.Context, in *GetImageInput) (*GetImageOutput, error) {
	return nil, unimplemented("GetImage")
}

// GetImagePipeline is not implemented.
func (Unimplemented) GetImagePipeline(ctx context.Context, in *GetImagePipelineInput) (*GetImagePipelineOutput, error) {
	return nil, unimplemented("GetImagePipeline")
}

// GetImagePolicy is not implemented.
func (Unimplemented) GetImagePolicy(ctx context.Context, in *GetImagePolicyInput) (*GetImagePolicyOutput, error) {
	return nil, unimplemented("GetImagePolicy")
}

// GetImageRecipe is not implemented.
func (Unimplemented) GetImageRecipe(ctx context.Context, in *GetImageRecipeInput) (*GetImageRecipeOutput, error) {
	return nil, unimplemented("GetImageRecipe")
}

// GetImageRecipePolicy is not implemented.
func (Unimplemented) GetImageRecipePolicy(ctx context.Context, in *GetImageRecipePolicyInput) (*GetImageRecipePolicyOutput, error) {
	return nil, unimplemented("GetImageRecipePolicy")
}

// GetInfrastructureConfiguration is not implemented.
func (Unimplemented) GetInfrastructureConfiguration(ctx context.Context, in *GetInfrastructureConfigurationInput) (*GetInfrastructureConfigurationOutput, error) {
	return nil, unimplemented("GetInfrastructureConfiguration")
}

// GetLifecycleExecution is not implemented.
func (Unimplemented) GetLifecycleExecution(ctx context.Context, in *GetLifecycleExecutionInput) (*GetLifecycleExecutionOutput, error) {
	return nil, unimplemented("GetLifecycleExecution")
}

// GetLifecyclePolicy is not implemented.
func (Unimplemented) GetLifecyclePolicy(ctx context.Context, in *GetLifecyclePolicyInput) (*GetLifecyclePolicyOutput, error) {
	return nil, unimplemented("GetLifecyclePolicy")
}

// GetMarketplaceResource is not implemented.
func (Unimplemented) GetMarketplaceResource(ctx context.Context, in *GetMarketplaceResourceInput) (*GetMarketplaceResourceOutput, error) {
	return nil, unimplemented("GetMarketplaceResource")
}

// GetWorkflow is not implemented.
func (Unimplemented) GetWorkflow(ctx context.Context, in *GetWorkflowInput) (*GetWorkflowOutput, error) {
	return nil, unimplemented("GetWorkflow")
}

// GetWorkflowExecution is not implemented.
func (Unimplemented) GetWorkflowExecution(ctx context.Context, in *GetWorkflowExecutionInput) (*GetWorkflowExecutionOutput, error) {
	return nil, unimplemented("GetWorkflowExecution")
}

// GetWorkflowStepExecution is not implemented.
func (Unimplemented) GetWorkflowStepExecution(ctx context.Context, in *GetWorkflowStepExecutionInput) (*GetWorkflowStepExecutionOutput, error) {
	return nil, unimplemented("GetWorkflowStepExecution")
}

// ImportComponent is not implemented.
func (Unimplemented) ImportComponent(ctx context.Context, in *ImportComponentInput) (*ImportComponentOutput, error) {
	return nil, unimplemented("ImportComponent")
}

// ImportDiskImage is not implemented.
func (Unimplemented) ImportDiskImage(ctx context.Context, in *ImportDiskImageInput) (*ImportDiskImageOutput, error) {
	return nil, unimplemented("ImportDiskImage")
}

// ImportVmImage is not implemented.
func (Unimplemented) ImportVmImage(ctx context.Context, in *ImportVmImageInput) (*ImportVmImageOutput, error) {
	return nil, unimplemented("ImportVmImage")
}

// ListComponentBuildVersions is not implemented.
func (Unimplemented) ListComponentBuildVersions(ctx context.Context, in *ListComponentBuildVersionsInput) (*ListComponentBuildVersionsOutput, error) {
	return nil, unimplemented("ListComponentBuildVersions")
}

// ListComponents is not implemented.
func (Unimplemented) ListComponents(ctx context.Context, in *ListComponentsInput) (*ListComponentsOutput, error) {
	return nil, unimplemented("ListComponents")
}

// ListContainerRecipes is not implemented.
func (Unimplemented) ListContainerRecipes(ctx context.Context, in *ListContainerRecipesInput) (*ListContainerRecipesOutput, error) {
	return nil, unimplemented("ListContainerRecipes")
}

// ListDistributionConfigurations is not implemented.
func (Unimplemented) ListDistributionConfigurations(ctx context.Context, in *ListDistributionConfigurationsInput) (*ListDistributionConfigurationsOutput, error) {
	return nil, unimplemented("ListDistributionConfigurations")
}

// ListImageBuildVersions is not implemented.
func (Unimplemented) ListImageBuildVersions(ctx context.Context, in *ListImageBuildVersionsInput) (*ListImageBuildVersionsOutput, error) {
	return nil, unimplemented("ListImageBuildVersions")
}

// ListImagePackages is not implemented.
func (Unimplemented) ListImagePackages(ctx context.Context, in *ListImagePackagesInput) (*ListImagePackagesOutput, error) {
	return nil, unimplemented("ListImagePackages")
}

// ListImagePipelineImages is not implemented.
func (Unimplemented) ListImagePipelineImages(ctx context.Context, in *ListImagePipelineImagesInput) (*ListImagePipelineImagesOutput, error) {
	return nil, unimplemented("ListImagePipelineImages")
}

// ListImagePipelines is not implemented.
func (Unimplemented) ListImagePipelines(ctx context.Context, in *ListImagePipelinesInput) (*ListImagePipelinesOutput, error) {
	return nil, unimplemented("ListImagePipelines")
}

// ListImageRecipes is not implemented.
func (Unimplemented) ListImageRecipes(ctx context.Context, in *ListImageRecipesInput) (*ListImageRecipesOutput, error) {
	return nil, unimplemented("ListImageRecipes")
}

// ListImageScanFindingAggregations is not implemented.
func (Unimplemented) ListImageScanFindingAggregations(ctx context.Context, in *ListImageScanFindingAggregationsInput) (*ListImageScanFindingAggregationsOutput, error) {
	return nil, unimplemented("ListImageScanFindingAggregations")
}

// ListImageScanFindings is not implemented.
func (Unimplemented) ListImageScanFindings(ctx context.Context, in *ListImageScanFindingsInput) (*ListImageScanFindingsOutput, error) {
	return nil, unimplemented("ListImageScanFindings")
}

// ListImages is not implemented.
func (Unimplemented) ListImages(ctx context.Context, in *ListImagesInput) (*ListImagesOutput, error) {
	return nil, unimplemented("ListImages")
}

// ListInfrastructureConfigurations is not implemented.
func (Unimplemented) ListInfrastructureConfigurations(ctx context.Context, in *ListInfrastructureConfigurationsInput) (*ListInfrastructureConfigurationsOutput, error) {
	return nil, unimplemented("ListInfrastructureConfigurations")
}

// ListLifecycleExecutionResources is not implemented.
func (Unimplemented) ListLifecycleExecutionResources(ctx context.Context, in *ListLifecycleExecutionResourcesInput) (*ListLifecycleExecutionResourcesOutput, error) {
	return nil, unimplemented("ListLifecycleExecutionResources")
}

// ListLifecycleExecutions is not implemented.
func (Unimplemented) ListLifecycleExecutions(ctx context.Context, in *ListLifecycleExecutionsInput) (*ListLifecycleExecutionsOutput, error) {
	return nil, unimplemented("ListLifecycleExecutions")
}

// ListLifecyclePolicies is not implemented.
func (Unimplemented) ListLifecyclePolicies(ctx context.Context, in *ListLifecyclePoliciesInput) (*ListLifecyclePoliciesOutput, error) {
	return nil, unimplemented("ListLifecyclePolicies")
}

// ListTagsForResource is not implemented.
func (Unimplemented) ListTagsForResource(ctx context.Context, in *ListTagsForResourceInput) (*ListTagsForResourceOutput, error) {
	return nil, unimplemented("ListTagsForResource")
}

// ListWaitingWorkflowSteps is not implemented.
func (Unimplemented) ListWaitingWorkflowSteps(ctx context.Context, in *ListWaitingWorkflowStepsInput) (*ListWaitingWorkflowStepsOutput, error) {
	return nil, unimplemented("ListWaitingWorkflowSteps")
}

// ListWorkflowBuildVersions is not implemented.
func (Unimplemented) ListWorkflowBuildVersions(ctx context.Context, in *ListWorkflowBuildVersionsInput) (*ListWorkflowBuildVersionsOutput, error) {
	return nil, unimplemented("ListWorkflowBuildVersions")
}

// ListWorkflowExecutions is not implemented.
func (Unimplemented) ListWorkflowExecutions(ctx context.Context, in *ListWorkflowExecutionsInput) (*ListWorkflowExecutionsOutput, error) {
	return nil, unimplemented("ListWorkflowExecutions")
}

// ListWorkflowStepExecutions is not implemented.
func (Unimplemented) ListWorkflowStepExecutions(ctx context.Context, in *ListWorkflowStepExecutionsInput) (*ListWorkflowStepExecutionsOutput, error) {
	return nil, unimplemented("ListWorkflowStepExecutions")
}

// ListWorkflows is not implemented.
func (Unimplemented) ListWorkflows(ctx context.Context, in *ListWorkflowsInput) (*ListWorkflowsOutput, error) {
	return nil, unimplemented("ListWorkflows")
}

// PutComponentPolicy is not implemented.
func (Unimplemented) PutComponentPolicy(ctx context.Context, in *PutComponentPolicyInput) (*PutComponentPolicyOutput, error) {
	return nil, unimplemented("PutComponentPolicy")
}

// PutContainerRecipePolicy is not implemented.
func (Unimplemented) PutContainerRecipePolicy(ctx context.Context, in *PutContainerRecipePolicyInput) (*PutContainerRecipePolicyOutput, error) {
	return nil, unimplemented("PutContainerRecipePolicy")
}

// PutImagePolicy is not implemented.
func (Unimplemented) PutImagePolicy(ctx context.Context, in *PutImagePolicyInput) (*PutImagePolicyOutput, error) {
	return nil, unimplemented("PutImagePolicy")
}

// PutImageRecipePolicy is not implemented.
func (Unimplemented) PutImageRecipePolicy(ctx context.Context, in *PutImageRecipePolicyInput) (*PutImageRecipePolicyOutput, error) {
	return nil, unimplemented("PutImageRecipePolicy")
}

// RetryImage is not implemented.
func (Unimplemented) RetryImage(ctx context.Context, in *RetryImageInput) (*RetryImageOutput, error) {
	return nil, unimplemented("RetryImage")
}

// SendWorkflowStepAction is not implemented.
func (Unimplemented) SendWorkflowStepAction(ctx context.Context, in *SendWorkflowStepActionInput) (*SendWorkflowStepActionOutput, error) {
	return nil, unimplemented("SendWorkflowStepAction")
}

// StartImagePipelineExecution is not implemented.
func (Unimplemented) StartImagePipelineExecution(ctx context.Context, in *StartImagePipelineExecutionInput) (*StartImagePipelineExecutionOutput, error) {
	return nil, unimplemented("StartImagePipelineExecution")
}

// StartResourceStateUpdate is not implemented.
func (Unimplemented) StartResourceStateUpdate(ctx context.Context, in *StartResourceStateUpdateInput) (*StartResourceStateUpdateOutput, error) {
	return nil, unimplemented("StartResourceStateUpdate")
}

// TagResource is not implemented.
func (Unimplemented) TagResource(ctx context.Context, in *TagResourceInput) (*TagResourceOutput, error) {
	return nil, unimplemented("TagResource")
}

// UntagResource is not implemented.
func (Unimplemented) UntagResource(ctx context.Context, in *UntagResourceInput) (*UntagResourceOutput, error) {
	return nil, unimplemented("UntagResource")
}

// UpdateDistributionConfiguration is not implemented.
func (Unimplemented) UpdateDistributionConfiguration(ctx context.Context, in *UpdateDistributionConfigurationInput) (*UpdateDistributionConfigurationOutput, error) {
	return nil, unimplemented("UpdateDistributionConfiguration")
}

// UpdateImagePipeline is not implemented.
func (Unimplemented) UpdateImagePipeline(ctx context.Context, in *UpdateImagePipelineInput) (*UpdateImagePipelineOutput, error) {
	return nil, unimplemented("UpdateImagePipeline")
}

// UpdateInfrastructureConfiguration is not implemented.
func (Unimplemented) UpdateInfrastructureConfiguration(ctx context.Context, in *UpdateInfrastructureConfigurationInput) (*UpdateInfrastructureConfigurationOutput, error) {
	return nil, unimplemented("UpdateInfrastructureConfiguration")
}

// UpdateLifecyclePolicy is not implemented.
func (Unimplemented) UpdateLifecyclePolicy(ctx context.Context, in *UpdateLifecyclePolicyInput) (*UpdateLifecyclePolicyOutput, error) {
	return nil, unimplemented("UpdateLifecyclePolicy")
}

// Operations is the table of all operations, sorted by name.
var Operations = []model.Operation[Service]{
	{Name: "CancelImageCreation", Method: "PUT", Path: "/CancelImageCreation", Input: "CancelImageCreationRequest", Call: model.Call(Service.CancelImageCreation)},
	{Name: "CancelLifecycleExecution", Method: "PUT", Path: "/CancelLifecycleExecution", Input: "CancelLifecycleExecutionRequest", Call: model.Call(Service.CancelLifecycleExecution)},
	{Name: "CreateComponent", Method: "PUT", Path: "/CreateComponent", Input: "CreateComponentRequest", Call: model.Call(Service.CreateComponent)},
	{Name: "CreateContainerRecipe", Method: "PUT", Path: "/CreateContainerRecipe", Input: "CreateContainerRecipeRequest", Call: model.Call(Service.CreateContainerRecipe)},
	{Name: "CreateDistributionConfiguration", Method: "PUT", Path: "/CreateDistributionConfiguration", Input: "CreateDistributionConfigurationRequest", Call: model.Call(Service.CreateDistributionConfiguration)},
	{Name: "CreateImage", Method: "PUT", Path: "/CreateImage", Input: "CreateImageRequest", Call: model.Call(Service.CreateImage)},
	{Name: "CreateImagePipeline", Method: "PUT", Path: "/CreateImagePipeline", Input: "CreateImagePipelineRequest", Call: model.Call(Service.CreateImagePipeline)},
	{Name: "CreateImageRecipe", Method: "PUT", Path: "/CreateImageRecipe", Input: "CreateImageRecipeRequest", Call: model.Call(Service.CreateImageRecipe)},
	{Name: "CreateInfrastructureConfiguration", Method: "PUT", Path: "/CreateInfrastructureConfiguration", Input: "CreateInfrastructureConfigurationRequest", Call: model.Call(Service.CreateInfrastructureConfiguration)},
	{Name: "CreateLifecyclePolicy", Method: "PUT", Path: "/CreateLifecyclePolicy", Input: "CreateLifecyclePolicyRequest", Call: model.Call(Service.CreateLifecyclePolicy)},
	{Name: "CreateWorkflow", Method: "PUT", Path: "/CreateWorkflow", Input: "CreateWorkflowRequest", Call: model.Call(Service.CreateWorkflow)},
	{Name: "DeleteComponent", Method: "DELETE", Path: "/DeleteComponent", Input: "DeleteComponentRequest", Call: model.Call(Service.DeleteComponent)},
	{Name: "DeleteContainerRecipe", Method: "DELETE", Path: "/DeleteContainerRecipe", Input: "DeleteContainerRecipeRequest", Call: model.Call(Service.DeleteContainerRecipe)},
	{Name: "DeleteDistributionConfiguration", Method: "DELETE", Path: "/DeleteDistributionConfiguration", Input: "DeleteDistributionConfigurationRequest", Call: model.Call(Service.DeleteDistributionConfiguration)},
	{Name: "DeleteImage", Method: "DELETE", Path: "/DeleteImage", Input: "DeleteImageRequest", Call: model.Call(Service.DeleteImage)},
	{Name: "DeleteImagePipeline", Method: "DELETE", Path: "/DeleteImagePipeline", Input: "DeleteImagePipelineRequest", Call: model.Call(Service.DeleteImagePipeline)},
	{Name: "DeleteImageRecipe", Method: "DELETE", Path: "/DeleteImageRecipe", Input: "DeleteImageRecipeRequest", Call: model.Call(Service.DeleteImageRecipe)},
	{Name: "DeleteInfrastructureConfiguration", Method: "DELETE", Path: "/DeleteInfrastructureConfiguration", Input: "DeleteInfrastructureConfigurationRequest", Call: model.Call(Service.DeleteInfrastructureConfiguration)},
	{Name: "DeleteLifecyclePolicy", Method: "DELETE", Path: "/DeleteLifecyclePolicy", Input: "DeleteLifecyclePolicyRequest", Call: model.Call(Service.DeleteLifecyclePolicy)},
	{Name: "DeleteWorkflow", Method: "DELETE", Path: "/DeleteWorkflow", Input: "DeleteWorkflowRequest", Call: model.Call(Service.DeleteWorkflow)},
	{Name: "DistributeImage", Method: "PUT", Path: "/DistributeImage", Input: "DistributeImageRequest", Call: model.Call(Service.DistributeImage)},
	{Name: "GetComponent", Method: "GET", Path: "/GetComponent", Input: "GetComponentRequest", Call: model.Call(Service.GetComponent)},
	{Name: "GetComponentPolicy", Method: "GET", Path: "/GetComponentPolicy", Input: "GetComponentPolicyRequest", Call: model.Call(Service.GetComponentPolicy)},
	{Name: "GetContainerRecipe", Method: "GET", Path: "/GetContainerRecipe", Input: "GetContainerRecipeRequest", Call: model.Call(Service.GetContainerRecipe)},
	{Name: "GetContainerRecipePolicy", Method: "GET", Path: "/GetContainerRecipePolicy", Input: "GetContainerRecipePolicyRequest", Call: model.Call(Service.GetContainerRecipePolicy)},
	{Name: "GetDistributionConfiguration", Method: "GET", Path: "/GetDistributionConfiguration", Input: "GetDistributionConfigurationRequest", Call: model.Call(Service.GetDistributionConfiguration)},
	{Name: "GetImage", Method: "GET", Path: "/GetImage", Input: "GetImageRequest", Call: model.Call(Service.GetImage)},
	{Name: "GetImagePipeline", Method: "GET", Path: "/GetImagePipeline", Input: "GetImagePipelineRequest", Call: model.Call(Service.GetImagePipeline)},
	{Name: "GetImagePolicy", Method: "GET", Path: "/GetImagePolicy", Input: "GetImagePolicyRequest", Call: model.Call(Service.GetImagePolicy)},
	{Name: "GetImageRecipe", Method: "GET", Path: "/GetImageRecipe", Input: "GetImageRecipeRequest", Call: model.Call(Service.GetImageRecipe)},
	{Name: "GetImageRecipePolicy", Method: "GET", Path: "/GetImageRecipePolicy", Input: "GetImageRecipePolicyRequest", Call: model.Call(Service.GetImageRecipePolicy)},
	{Name: "GetInfrastructureConfiguration", Method: "GET", Path: "/GetInfrastructureConfiguration", Input: "GetInfrastructureConfigurationRequest", Call: model.Call(Service.GetInfrastructureConfiguration)},
	{Name: "GetLifecycleExecution", Method: "GET", Path: "/GetLifecycleExecution", Input: "GetLifecycleExecutionRequest", Call: model.Call(Service.GetLifecycleExecution)},
	{Name: "GetLifecyclePolicy", Method: "GET", Path: "/GetLifecyclePolicy", Input: "GetLifecyclePolicyRequest", Call: model.Call(Service.GetLifecyclePolicy)},
	{Name: "GetMarketplaceResource", Method: "POST", Path: "/GetMarketplaceResource", Input: "GetMarketplaceResourceRequest", Call: model.Call(Service.GetMarketplaceResource)},
	{Name: "GetWorkflow", Method: "GET", Path: "/GetWorkflow", Input: "GetWorkflowRequest", Call: model.Call(Service.GetWorkflow)},
	{Name: "GetWorkflowExecution", Method: "GET", Path: "/GetWorkflowExecution", Input: "GetWorkflowExecutionRequest", Call: model.Call(Service.GetWorkflowExecution)},
	{Name: "GetWorkflowStepExecution", Method: "GET", Path: "/GetWorkflowStepExecution", Input: "GetWorkflowStepExecutionRequest", Call: model.Call(Service.GetWorkflowStepExecution)},
	{Name: "ImportComponent", Method: "PUT", Path: "/ImportComponent", Input: "ImportComponentRequest", Call: model.Call(Service.ImportComponent)},
	{Name: "ImportDiskImage", Method: "PUT", Path: "/ImportDiskImage", Input: "ImportDiskImageRequest", Call: model.Call(Service.ImportDiskImage)},
	{Name: "ImportVmImage", Method: "PUT", Path: "/ImportVmImage", Input: "ImportVmImageRequest", Call: model.Call(Service.ImportVmImage)},
	{Name: "ListComponentBuildVersions", Method: "POST", Path: "/ListComponentBuildVersions", Input: "ListComponentBuildVersionsRequest", Call: model.Call(Service.ListComponentBuildVersions)},
	{Name: "ListComponents", Method: "POST", Path: "/ListComponents", Input: "ListComponentsRequest", Call: model.Call(Service.ListComponents)},
	{Name: "ListContainerRecipes", Method: "POST", Path: "/ListContainerRecipes", Input: "ListContainerRecipesRequest", Call: model.Call(Service.ListContainerRecipes)},
	{Name: "ListDistributionConfigurations", Method: "POST", Path: "/ListDistributionConfigurations", Input: "ListDistributionConfigurationsRequest", Call: model.Call(Service.ListDistributionConfigurations)},
	{Name: "ListImageBuildVersions", Method: "POST", Path: "/ListImageBuildVersions", Input: "ListImageBuildVersionsRequest", Call: model.Call(Service.ListImageBuildVersions)},
	{Name: "ListImagePackages", Method: "POST", Path: "/ListImagePackages", Input: "ListImagePackagesRequest", Call: model.Call(Service.ListImagePackages)},
	{Name: "ListImagePipelineImages", Method: "POST", Path: "/ListImagePipelineImages", Input: "ListImagePipelineImagesRequest", Call: model.Call(Service.ListImagePipelineImages)},
	{Name: "ListImagePipelines", Method: "POST", Path: "/ListImagePipelines", Input: "ListImagePipelinesRequest", Call: model.Call(Service.ListImagePipelines)},
	{Name: "ListImageRecipes", Method: "POST", Path: "/ListImageRecipes", Input: "ListImageRecipesRequest", Call: model.Call(Service.ListImageRecipes)},
	{Name: "ListImageScanFindingAggregations", Method: "POST", Path: "/ListImageScanFindingAggregations", Input: "ListImageScanFindingAggregationsRequest", Call: model.Call(Service.ListImageScanFindingAggregations)},
	{Name: "ListImageScanFindings", Method: "POST", Path: "/ListImageScanFindings", Input: "ListImageScanFindingsRequest", Call: model.Call(Service.ListImageScanFindings)},
	{Name: "ListImages", Method: "POST", Path: "/ListImages", Input: "ListImagesRequest", Call: model.Call(Service.ListImages)},
	{Name: "ListInfrastructureConfigurations", Method: "POST", Path: "/ListInfrastructureConfigurations", Input: "ListInfrastructureConfigurationsRequest", Call: model.Call(Service.ListInfrastructureConfigurations)},
	{Name: "ListLifecycleExecutionResources", Method: "POST", Path: "/ListLifecycleExecutionResources", Input: "ListLifecycleExecutionResourcesRequest", Call: model.Call(Service.ListLifecycleExecutionResources)},
	{Name: "ListLifecycleExecutions", Method: "POST", Path: "/ListLifecycleExecutions", Input: "ListLifecycleExecutionsRequest", Call: model.Call(Service.ListLifecycleExecutions)},
	{Name: "ListLifecyclePolicies", Method: "POST", Path: "/ListLifecyclePolicies", Input: "ListLifecyclePoliciesRequest", Call: model.Call(Service.ListLifecyclePolicies)},
	{Name: "ListTagsForResource", Method: "GET", Path: "/tags/{resourceArn}", Input: "ListTagsForResourceRequest", Call: model.Call(Service.ListTagsForResource)},
	{Name: "ListWaitingWorkflowSteps", Method: "POST", Path: "/ListWaitingWorkflowSteps", Input: "ListWaitingWorkflowStepsRequest", Call: model.Call(Service.ListWaitingWorkflowSteps)},
	{Name: "ListWorkflowBuildVersions", Method: "POST", Path: "/ListWorkflowBuildVersions", Input: "ListWorkflowBuildVersionsRequest", Call: model.Call(Service.ListWorkflowBuildVersions)},
	{Name: "ListWorkflowExecutions", Method: "POST", Path: "/ListWorkflowExecutions", Input: "ListWorkflowExecutionsRequest", Call: model.Call(Service.ListWorkflowExecutions)},
	{Name: "ListWorkflowStepExecutions", Method: "POST", Path: "/ListWorkflowStepExecutions", Input: "ListWorkflowStepExecutionsRequest", Call: model.Call(Service.ListWorkflowStepExecutions)},
	{Name: "ListWorkflows", Method: "POST", Path: "/ListWorkflows", Input: "ListWorkflowsRequest", Call: model.Call(Service.ListWorkflows)},
	{Name: "PutComponentPolicy", Method: "PUT", Path: "/PutComponentPolicy", Input: "PutComponentPolicyRequest", Call: model.Call(Service.PutComponentPolicy)},
	{Name: "PutContainerRecipePolicy", Method: "PUT", Path: "/PutContainerRecipePolicy", Input: "PutContainerRecipePolicyRequest", Call: model.Call(Service.PutContainerRecipePolicy)},
	{Name: "PutImagePolicy", Method: "PUT", Path: "/PutImagePolicy", Input: "PutImagePolicyRequest", Call: model.Call(Service.PutImagePolicy)},
	{Name: "PutImageRecipePolicy", Method: "PUT", Path: "/PutImageRecipePolicy", Input: "PutImageRecipePolicyRequest", Call: model.Call(Service.PutImageRecipePolicy)},
	{Name: "RetryImage", Method: "PUT", Path: "/RetryImage", Input: "RetryImageRequest", Call: model.Call(Service.RetryImage)},
	{Name: "SendWorkflowStepAction", Method: "PUT", Path: "/SendWorkflowStepAction", Input: "SendWorkflowStepActionRequest", Call: model.Call(Service.SendWorkflowStepAction)},
	{Name: "StartImagePipelineExecution", Method: "PUT", Path: "/StartImagePipelineExecution", Input: "StartImagePipelineExecutionRequest", Call: model.Call(Service.StartImagePipelineExecution)},
	{Name: "StartResourceStateUpdate", Method: "PUT", Path: "/StartResourceStateUpdate", Input: "StartResourceStateUpdateRequest", Call: model.Call(Service.StartResourceStateUpdate)},
	{Name: "TagResource", Method: "POST", Path: "/tags/{resourceArn}", Input: "TagResourceRequest", Call: model.Call(Service.TagResource)},
	{Name: "UntagResource", Method: "DELETE", Path: "/tags/{resourceArn}", Input: "UntagResourceRequest", Call: model.Call(Service.UntagResource)},
	{Name: "UpdateDistributionConfiguration", Method: "PUT", Path: "/UpdateDistributionConfiguration", Input: "UpdateDistributionConfigurationRequest", Call: model.Call(Service.UpdateDistributionConfiguration)},
	{Name: "UpdateImagePipeline", Method: "PUT", Path: "/UpdateImagePipeline", Input: "UpdateImagePipelineRequest", Call: model.Call(Service.UpdateImagePipeline)},
	{Name: "UpdateInfrastructureConfiguration", Method: "PUT", Path: "/UpdateInfrastructureConfiguration", Input: "UpdateInfrastructureConfigurationRequest", Call: model.Call(Service.UpdateInfrastructureConfiguration)},
	{Name: "UpdateLifecyclePolicy", Method: "PUT", Path: "/UpdateLifecyclePolicy", Input: "UpdateLifecyclePolicyRequest", Call: model.Call(Service.UpdateLifecyclePolicy)},
}
