// Code generated from imagebuilder.json; DO NOT EDIT.

// Package imagebuilder has the types, operations and constraints of the service.
package imagebuilder

import "ingot/api/model"

// AccountAggregation is the shape AccountAggregation.
type AccountAggregation struct {
	AccountId      string          `json:"accountId,omitzero"`
	SeverityCounts *SeverityCounts `json:"severityCounts,omitzero"`
}

// AdditionalInstanceConfiguration is the shape AdditionalInstanceConfiguration.
type AdditionalInstanceConfiguration struct {
	SystemsManagerAgent *SystemsManagerAgent `json:"systemsManagerAgent,omitzero"`
	UserDataOverride    string               `json:"userDataOverride,omitzero"`
}

// Ami is the shape Ami.
type Ami struct {
	AccountId   string      `json:"accountId,omitzero"`
	Description string      `json:"description,omitzero"`
	Image       string      `json:"image,omitzero"`
	Name        string      `json:"name,omitzero"`
	Region      string      `json:"region,omitzero"`
	State       *ImageState `json:"state,omitzero"`
}

// AmiDistributionConfiguration is the shape AmiDistributionConfiguration.
type AmiDistributionConfiguration struct {
	AmiTags          model.Tags                     `json:"amiTags,omitzero"`
	Description      string                         `json:"description,omitzero"`
	KmsKeyId         string                         `json:"kmsKeyId,omitzero"`
	LaunchPermission *LaunchPermissionConfiguration `json:"launchPermission,omitzero"`
	Name             string                         `json:"name,omitzero"`
	TargetAccountIds []string                       `json:"targetAccountIds,omitzero"`
}

// AutoDisablePolicy is the shape AutoDisablePolicy.
type AutoDisablePolicy struct {
	FailureCount *int `json:"failureCount,omitzero"`
}

// CancelImageCreationInput is the shape CancelImageCreationRequest.
type CancelImageCreationInput struct {
	ClientToken          string `json:"clientToken,omitzero"`
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
}

// CancelImageCreationOutput is the shape CancelImageCreationResponse.
type CancelImageCreationOutput struct {
	ClientToken          string `json:"clientToken,omitzero"`
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
	RequestId            string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *CancelImageCreationOutput) SetRequestID(id string) { o.RequestId = id }

// CancelLifecycleExecutionInput is the shape CancelLifecycleExecutionRequest.
type CancelLifecycleExecutionInput struct {
	ClientToken          string `json:"clientToken,omitzero"`
	LifecycleExecutionId string `json:"lifecycleExecutionId,omitzero"`
}

// CancelLifecycleExecutionOutput is the shape CancelLifecycleExecutionResponse.
type CancelLifecycleExecutionOutput struct {
	LifecycleExecutionId string `json:"lifecycleExecutionId,omitzero"`
}

// Component is the shape Component.
type Component struct {
	Arn                 string                     `json:"arn,omitzero"`
	ChangeDescription   string                     `json:"changeDescription,omitzero"`
	Data                string                     `json:"data,omitzero"`
	DateCreated         string                     `json:"dateCreated,omitzero"`
	Description         string                     `json:"description,omitzero"`
	Encrypted           *bool                      `json:"encrypted,omitzero"`
	KmsKeyId            string                     `json:"kmsKeyId,omitzero"`
	Name                string                     `json:"name,omitzero"`
	Obfuscate           *bool                      `json:"obfuscate,omitzero"`
	Owner               string                     `json:"owner,omitzero"`
	Parameters          []ComponentParameterDetail `json:"parameters,omitzero"`
	Platform            string                     `json:"platform,omitzero"`
	ProductCodes        []ProductCodeListItem      `json:"productCodes,omitzero"`
	Publisher           string                     `json:"publisher,omitzero"`
	State               *ComponentState            `json:"state,omitzero"`
	SupportedOsVersions []string                   `json:"supportedOsVersions,omitzero"`
	Tags                model.Tags                 `json:"tags"`
	Type                string                     `json:"type,omitzero"`
	Version             string                     `json:"version,omitzero"`
}

// ComponentConfiguration is the shape ComponentConfiguration.
type ComponentConfiguration struct {
	ComponentArn string               `json:"componentArn,omitzero"`
	Parameters   []ComponentParameter `json:"parameters,omitzero"`
}

// ComponentParameter is the shape ComponentParameter.
type ComponentParameter struct {
	Name  string   `json:"name,omitzero"`
	Value []string `json:"value,omitzero"`
}

// ComponentParameterDetail is the shape ComponentParameterDetail.
type ComponentParameterDetail struct {
	DefaultValue []string `json:"defaultValue,omitzero"`
	Description  string   `json:"description,omitzero"`
	Name         string   `json:"name,omitzero"`
	Type         string   `json:"type,omitzero"`
}

// ComponentState is the shape ComponentState.
type ComponentState struct {
	Reason string `json:"reason,omitzero"`
	Status string `json:"status,omitzero"`
}

// ComponentSummary is the shape ComponentSummary.
type ComponentSummary struct {
	Arn                 string          `json:"arn,omitzero"`
	ChangeDescription   string          `json:"changeDescription,omitzero"`
	DateCreated         string          `json:"dateCreated,omitzero"`
	Description         string          `json:"description,omitzero"`
	Name                string          `json:"name,omitzero"`
	Obfuscate           *bool           `json:"obfuscate,omitzero"`
	Owner               string          `json:"owner,omitzero"`
	Platform            string          `json:"platform,omitzero"`
	Publisher           string          `json:"publisher,omitzero"`
	State               *ComponentState `json:"state,omitzero"`
	SupportedOsVersions []string        `json:"supportedOsVersions,omitzero"`
	Tags                model.Tags      `json:"tags"`
	Type                string          `json:"type,omitzero"`
	Version             string          `json:"version,omitzero"`
}

// ComponentVersion is the shape ComponentVersion.
type ComponentVersion struct {
	Arn                 string                `json:"arn,omitzero"`
	DateCreated         string                `json:"dateCreated,omitzero"`
	Description         string                `json:"description,omitzero"`
	Name                string                `json:"name,omitzero"`
	Owner               string                `json:"owner,omitzero"`
	Platform            string                `json:"platform,omitzero"`
	ProductCodes        []ProductCodeListItem `json:"productCodes,omitzero"`
	Status              string                `json:"status,omitzero"`
	SupportedOsVersions []string              `json:"supportedOsVersions,omitzero"`
	Type                string                `json:"type,omitzero"`
	Version             string                `json:"version,omitzero"`
}

// Container is the shape Container.
type Container struct {
	ImageUris []string `json:"imageUris,omitzero"`
	Region    string   `json:"region,omitzero"`
}

// ContainerDistributionConfiguration is the shape ContainerDistributionConfiguration.
type ContainerDistributionConfiguration struct {
	ContainerTags    []string                   `json:"containerTags,omitzero"`
	Description      string                     `json:"description,omitzero"`
	TargetRepository *TargetContainerRepository `json:"targetRepository,omitzero"`
}

// ContainerRecipe is the shape ContainerRecipe.
type ContainerRecipe struct {
	Arn                    string                     `json:"arn,omitzero"`
	Components             []ComponentConfiguration   `json:"components,omitzero"`
	ContainerType          string                     `json:"containerType,omitzero"`
	DateCreated            string                     `json:"dateCreated,omitzero"`
	Description            string                     `json:"description,omitzero"`
	DockerfileTemplateData string                     `json:"dockerfileTemplateData,omitzero"`
	Encrypted              *bool                      `json:"encrypted,omitzero"`
	InstanceConfiguration  *InstanceConfiguration     `json:"instanceConfiguration,omitzero"`
	KmsKeyId               string                     `json:"kmsKeyId,omitzero"`
	Name                   string                     `json:"name,omitzero"`
	Owner                  string                     `json:"owner,omitzero"`
	ParentImage            string                     `json:"parentImage,omitzero"`
	Platform               string                     `json:"platform,omitzero"`
	Tags                   model.Tags                 `json:"tags"`
	TargetRepository       *TargetContainerRepository `json:"targetRepository,omitzero"`
	Version                string                     `json:"version,omitzero"`
	WorkingDirectory       string                     `json:"workingDirectory,omitzero"`
}

// ContainerRecipeSummary is the shape ContainerRecipeSummary.
type ContainerRecipeSummary struct {
	Arn           string     `json:"arn,omitzero"`
	ContainerType string     `json:"containerType,omitzero"`
	DateCreated   string     `json:"dateCreated,omitzero"`
	InstanceImage string     `json:"instanceImage,omitzero"`
	Name          string     `json:"name,omitzero"`
	Owner         string     `json:"owner,omitzero"`
	ParentImage   string     `json:"parentImage,omitzero"`
	Platform      string     `json:"platform,omitzero"`
	Tags          model.Tags `json:"tags"`
}

// CreateComponentInput is the shape CreateComponentRequest.
type CreateComponentInput struct {
	ChangeDescription   string     `json:"changeDescription,omitzero"`
	ClientToken         string     `json:"clientToken,omitzero"`
	Data                string     `json:"data,omitzero"`
	Description         string     `json:"description,omitzero"`
	DryRun              *bool      `json:"dryRun,omitzero"`
	KmsKeyId            string     `json:"kmsKeyId,omitzero"`
	Name                string     `json:"name,omitzero"`
	Platform            string     `json:"platform,omitzero"`
	SemanticVersion     string     `json:"semanticVersion,omitzero"`
	SupportedOsVersions []string   `json:"supportedOsVersions,omitzero"`
	Tags                model.Tags `json:"tags"`
	Uri                 string     `json:"uri,omitzero"`
}

// CreateComponentOutput is the shape CreateComponentResponse.
type CreateComponentOutput struct {
	ClientToken              string                   `json:"clientToken,omitzero"`
	ComponentBuildVersionArn string                   `json:"componentBuildVersionArn,omitzero"`
	LatestVersionReferences  *LatestVersionReferences `json:"latestVersionReferences,omitzero"`
	RequestId                string                   `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *CreateComponentOutput) SetRequestID(id string) { o.RequestId = id }

// CreateContainerRecipeInput is the shape CreateContainerRecipeRequest.
type CreateContainerRecipeInput struct {
	ClientToken            string                     `json:"clientToken,omitzero"`
	Components             []ComponentConfiguration   `json:"components,omitzero"`
	ContainerType          string                     `json:"containerType,omitzero"`
	Description            string                     `json:"description,omitzero"`
	DockerfileTemplateData string                     `json:"dockerfileTemplateData,omitzero"`
	DockerfileTemplateUri  string                     `json:"dockerfileTemplateUri,omitzero"`
	ImageOsVersionOverride string                     `json:"imageOsVersionOverride,omitzero"`
	InstanceConfiguration  *InstanceConfiguration     `json:"instanceConfiguration,omitzero"`
	KmsKeyId               string                     `json:"kmsKeyId,omitzero"`
	Name                   string                     `json:"name,omitzero"`
	ParentImage            string                     `json:"parentImage,omitzero"`
	PlatformOverride       string                     `json:"platformOverride,omitzero"`
	SemanticVersion        string                     `json:"semanticVersion,omitzero"`
	Tags                   model.Tags                 `json:"tags"`
	TargetRepository       *TargetContainerRepository `json:"targetRepository,omitzero"`
	WorkingDirectory       string                     `json:"workingDirectory,omitzero"`
}

// CreateContainerRecipeOutput is the shape CreateContainerRecipeResponse.
type CreateContainerRecipeOutput struct {
	ClientToken             string                   `json:"clientToken,omitzero"`
	ContainerRecipeArn      string                   `json:"containerRecipeArn,omitzero"`
	LatestVersionReferences *LatestVersionReferences `json:"latestVersionReferences,omitzero"`
	RequestId               string                   `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *CreateContainerRecipeOutput) SetRequestID(id string) { o.RequestId = id }

// CreateDistributionConfigurationInput is the shape CreateDistributionConfigurationRequest.
type CreateDistributionConfigurationInput struct {
	ClientToken   string         `json:"clientToken,omitzero"`
	Description   string         `json:"description,omitzero"`
	Distributions []Distribution `json:"distributions,omitzero"`
	Name          string         `json:"name,omitzero"`
	Tags          model.Tags     `json:"tags"`
}

// CreateDistributionConfigurationOutput is the shape CreateDistributionConfigurationResponse.
type CreateDistributionConfigurationOutput struct {
	ClientToken                  string `json:"clientToken,omitzero"`
	DistributionConfigurationArn string `json:"distributionConfigurationArn,omitzero"`
	RequestId                    string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *CreateDistributionConfigurationOutput) SetRequestID(id string) { o.RequestId = id }

// CreateImagePipelineInput is the shape CreateImagePipelineRequest.
type CreateImagePipelineInput struct {
	ClientToken                    string                        `json:"clientToken,omitzero"`
	ContainerRecipeArn             string                        `json:"containerRecipeArn,omitzero"`
	Description                    string                        `json:"description,omitzero"`
	DistributionConfigurationArn   string                        `json:"distributionConfigurationArn,omitzero"`
	EnhancedImageMetadataEnabled   *bool                         `json:"enhancedImageMetadataEnabled,omitzero"`
	ExecutionRole                  string                        `json:"executionRole,omitzero"`
	ImageRecipeArn                 string                        `json:"imageRecipeArn,omitzero"`
	ImageScanningConfiguration     *ImageScanningConfiguration   `json:"imageScanningConfiguration,omitzero"`
	ImageTags                      model.Tags                    `json:"imageTags,omitzero"`
	ImageTestsConfiguration        *ImageTestsConfiguration      `json:"imageTestsConfiguration,omitzero"`
	InfrastructureConfigurationArn string                        `json:"infrastructureConfigurationArn,omitzero"`
	LoggingConfiguration           *PipelineLoggingConfiguration `json:"loggingConfiguration,omitzero"`
	Name                           string                        `json:"name,omitzero"`
	Schedule                       *Schedule                     `json:"schedule,omitzero"`
	Status                         string                        `json:"status,omitzero"`
	Tags                           model.Tags                    `json:"tags"`
	Workflows                      []WorkflowConfiguration       `json:"workflows,omitzero"`
}

// CreateImagePipelineOutput is the shape CreateImagePipelineResponse.
type CreateImagePipelineOutput struct {
	ClientToken      string `json:"clientToken,omitzero"`
	ImagePipelineArn string `json:"imagePipelineArn,omitzero"`
	RequestId        string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *CreateImagePipelineOutput) SetRequestID(id string) { o.RequestId = id }

// CreateImageRecipeInput is the shape CreateImageRecipeRequest.
type CreateImageRecipeInput struct {
	AdditionalInstanceConfiguration *AdditionalInstanceConfiguration `json:"additionalInstanceConfiguration,omitzero"`
	AmiTags                         model.Tags                       `json:"amiTags,omitzero"`
	AmiWatermarks                   []string                         `json:"amiWatermarks,omitzero"`
	BlockDeviceMappings             []InstanceBlockDeviceMapping     `json:"blockDeviceMappings,omitzero"`
	ClientToken                     string                           `json:"clientToken,omitzero"`
	Components                      []ComponentConfiguration         `json:"components,omitzero"`
	Description                     string                           `json:"description,omitzero"`
	Name                            string                           `json:"name,omitzero"`
	ParentImage                     string                           `json:"parentImage,omitzero"`
	SemanticVersion                 string                           `json:"semanticVersion,omitzero"`
	Tags                            model.Tags                       `json:"tags"`
	WorkingDirectory                string                           `json:"workingDirectory,omitzero"`
}

// CreateImageRecipeOutput is the shape CreateImageRecipeResponse.
type CreateImageRecipeOutput struct {
	ClientToken             string                   `json:"clientToken,omitzero"`
	ImageRecipeArn          string                   `json:"imageRecipeArn,omitzero"`
	LatestVersionReferences *LatestVersionReferences `json:"latestVersionReferences,omitzero"`
	RequestId               string                   `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *CreateImageRecipeOutput) SetRequestID(id string) { o.RequestId = id }

// CreateImageInput is the shape CreateImageRequest.
type CreateImageInput struct {
	ClientToken                    string                      `json:"clientToken,omitzero"`
	ContainerRecipeArn             string                      `json:"containerRecipeArn,omitzero"`
	DistributionConfigurationArn   string                      `json:"distributionConfigurationArn,omitzero"`
	EnhancedImageMetadataEnabled   *bool                       `json:"enhancedImageMetadataEnabled,omitzero"`
	ExecutionRole                  string                      `json:"executionRole,omitzero"`
	ImageRecipeArn                 string                      `json:"imageRecipeArn,omitzero"`
	ImageScanningConfiguration     *ImageScanningConfiguration `json:"imageScanningConfiguration,omitzero"`
	ImageTestsConfiguration        *ImageTestsConfiguration    `json:"imageTestsConfiguration,omitzero"`
	InfrastructureConfigurationArn string                      `json:"infrastructureConfigurationArn,omitzero"`
	LoggingConfiguration           *ImageLoggingConfiguration  `json:"loggingConfiguration,omitzero"`
	Tags                           model.Tags                  `json:"tags"`
	Workflows                      []WorkflowConfiguration     `json:"workflows,omitzero"`
}

// CreateImageOutput is the shape CreateImageResponse.
type CreateImageOutput struct {
	ClientToken             string                   `json:"clientToken,omitzero"`
	ImageBuildVersionArn    string                   `json:"imageBuildVersionArn,omitzero"`
	LatestVersionReferences *LatestVersionReferences `json:"latestVersionReferences,omitzero"`
	RequestId               string                   `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *CreateImageOutput) SetRequestID(id string) { o.RequestId = id }

// CreateInfrastructureConfigurationInput is the shape CreateInfrastructureConfigurationRequest.
type CreateInfrastructureConfigurationInput struct {
	ClientToken                string                   `json:"clientToken,omitzero"`
	Description                string                   `json:"description,omitzero"`
	InstanceMetadataOptions    *InstanceMetadataOptions `json:"instanceMetadataOptions,omitzero"`
	InstanceProfileName        string                   `json:"instanceProfileName,omitzero"`
	InstanceTypes              []string                 `json:"instanceTypes,omitzero"`
	KeyPair                    string                   `json:"keyPair,omitzero"`
	Logging                    *Logging                 `json:"logging,omitzero"`
	Name                       string                   `json:"name,omitzero"`
	Placement                  *Placement               `json:"placement,omitzero"`
	ResourceTags               map[string]string        `json:"resourceTags,omitzero"`
	SecurityGroupIds           []string                 `json:"securityGroupIds,omitzero"`
	SnsTopicArn                string                   `json:"snsTopicArn,omitzero"`
	SubnetId                   string                   `json:"subnetId,omitzero"`
	Tags                       model.Tags               `json:"tags"`
	TerminateInstanceOnFailure *bool                    `json:"terminateInstanceOnFailure,omitzero"`
}

// CreateInfrastructureConfigurationOutput is the shape CreateInfrastructureConfigurationResponse.
type CreateInfrastructureConfigurationOutput struct {
	ClientToken                    string `json:"clientToken,omitzero"`
	InfrastructureConfigurationArn string `json:"infrastructureConfigurationArn,omitzero"`
	RequestId                      string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *CreateInfrastructureConfigurationOutput) SetRequestID(id string) { o.RequestId = id }

// CreateLifecyclePolicyInput is the shape CreateLifecyclePolicyRequest.
type CreateLifecyclePolicyInput struct {
	ClientToken       string                            `json:"clientToken,omitzero"`
	Description       string                            `json:"description,omitzero"`
	ExecutionRole     string                            `json:"executionRole,omitzero"`
	Name              string                            `json:"name,omitzero"`
	PolicyDetails     []LifecyclePolicyDetail           `json:"policyDetails,omitzero"`
	ResourceSelection *LifecyclePolicyResourceSelection `json:"resourceSelection,omitzero"`
	ResourceType      string                            `json:"resourceType,omitzero"`
	Status            string                            `json:"status,omitzero"`
	Tags              model.Tags                        `json:"tags"`
}

// CreateLifecyclePolicyOutput is the shape CreateLifecyclePolicyResponse.
type CreateLifecyclePolicyOutput struct {
	ClientToken        string `json:"clientToken,omitzero"`
	LifecyclePolicyArn string `json:"lifecyclePolicyArn,omitzero"`
}

// CreateWorkflowInput is the shape CreateWorkflowRequest.
type CreateWorkflowInput struct {
	ChangeDescription string     `json:"changeDescription,omitzero"`
	ClientToken       string     `json:"clientToken,omitzero"`
	Data              string     `json:"data,omitzero"`
	Description       string     `json:"description,omitzero"`
	DryRun            *bool      `json:"dryRun,omitzero"`
	KmsKeyId          string     `json:"kmsKeyId,omitzero"`
	Name              string     `json:"name,omitzero"`
	SemanticVersion   string     `json:"semanticVersion,omitzero"`
	Tags              model.Tags `json:"tags"`
	Type              string     `json:"type,omitzero"`
	Uri               string     `json:"uri,omitzero"`
}

// CreateWorkflowOutput is the shape CreateWorkflowResponse.
type CreateWorkflowOutput struct {
	ClientToken             string                   `json:"clientToken,omitzero"`
	LatestVersionReferences *LatestVersionReferences `json:"latestVersionReferences,omitzero"`
	WorkflowBuildVersionArn string                   `json:"workflowBuildVersionArn,omitzero"`
}

// CvssScore is the shape CvssScore.
type CvssScore struct {
	BaseScore     *float64 `json:"baseScore,omitzero"`
	ScoringVector string   `json:"scoringVector,omitzero"`
	Source        string   `json:"source,omitzero"`
	Version       string   `json:"version,omitzero"`
}

// CvssScoreAdjustment is the shape CvssScoreAdjustment.
type CvssScoreAdjustment struct {
	Metric string `json:"metric,omitzero"`
	Reason string `json:"reason,omitzero"`
}

// CvssScoreDetails is the shape CvssScoreDetails.
type CvssScoreDetails struct {
	Adjustments   []CvssScoreAdjustment `json:"adjustments,omitzero"`
	CvssSource    string                `json:"cvssSource,omitzero"`
	Score         *float64              `json:"score,omitzero"`
	ScoreSource   string                `json:"scoreSource,omitzero"`
	ScoringVector string                `json:"scoringVector,omitzero"`
	Version       string                `json:"version,omitzero"`
}

// DeleteComponentInput is the shape DeleteComponentRequest.
type DeleteComponentInput struct {
	ComponentBuildVersionArn string `json:"componentBuildVersionArn,omitzero"`
}

// DeleteComponentOutput is the shape DeleteComponentResponse.
type DeleteComponentOutput struct {
	ComponentBuildVersionArn string `json:"componentBuildVersionArn,omitzero"`
	RequestId                string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *DeleteComponentOutput) SetRequestID(id string) { o.RequestId = id }

// DeleteContainerRecipeInput is the shape DeleteContainerRecipeRequest.
type DeleteContainerRecipeInput struct {
	ContainerRecipeArn string `json:"containerRecipeArn,omitzero"`
}

// DeleteContainerRecipeOutput is the shape DeleteContainerRecipeResponse.
type DeleteContainerRecipeOutput struct {
	ContainerRecipeArn string `json:"containerRecipeArn,omitzero"`
	RequestId          string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *DeleteContainerRecipeOutput) SetRequestID(id string) { o.RequestId = id }

// DeleteDistributionConfigurationInput is the shape DeleteDistributionConfigurationRequest.
type DeleteDistributionConfigurationInput struct {
	DistributionConfigurationArn string `json:"distributionConfigurationArn,omitzero"`
}

// DeleteDistributionConfigurationOutput is the shape DeleteDistributionConfigurationResponse.
type DeleteDistributionConfigurationOutput struct {
	DistributionConfigurationArn string `json:"distributionConfigurationArn,omitzero"`
	RequestId                    string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *DeleteDistributionConfigurationOutput) SetRequestID(id string) { o.RequestId = id }

// DeleteImagePipelineInput is the shape DeleteImagePipelineRequest.
type DeleteImagePipelineInput struct {
	ImagePipelineArn string `json:"imagePipelineArn,omitzero"`
}

// DeleteImagePipelineOutput is the shape DeleteImagePipelineResponse.
type DeleteImagePipelineOutput struct {
	ImagePipelineArn string `json:"imagePipelineArn,omitzero"`
	RequestId        string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *DeleteImagePipelineOutput) SetRequestID(id string) { o.RequestId = id }

// DeleteImageRecipeInput is the shape DeleteImageRecipeRequest.
type DeleteImageRecipeInput struct {
	ImageRecipeArn string `json:"imageRecipeArn,omitzero"`
}

// DeleteImageRecipeOutput is the shape DeleteImageRecipeResponse.
type DeleteImageRecipeOutput struct {
	ImageRecipeArn string `json:"imageRecipeArn,omitzero"`
	RequestId      string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *DeleteImageRecipeOutput) SetRequestID(id string) { o.RequestId = id }

// DeleteImageInput is the shape DeleteImageRequest.
type DeleteImageInput struct {
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
}

// DeleteImageOutput is the shape DeleteImageResponse.
type DeleteImageOutput struct {
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
	RequestId            string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *DeleteImageOutput) SetRequestID(id string) { o.RequestId = id }

// DeleteInfrastructureConfigurationInput is the shape DeleteInfrastructureConfigurationRequest.
type DeleteInfrastructureConfigurationInput struct {
	InfrastructureConfigurationArn string `json:"infrastructureConfigurationArn,omitzero"`
}

// DeleteInfrastructureConfigurationOutput is the shape DeleteInfrastructureConfigurationResponse.
type DeleteInfrastructureConfigurationOutput struct {
	InfrastructureConfigurationArn string `json:"infrastructureConfigurationArn,omitzero"`
	RequestId                      string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *DeleteInfrastructureConfigurationOutput) SetRequestID(id string) { o.RequestId = id }

// DeleteLifecyclePolicyInput is the shape DeleteLifecyclePolicyRequest.
type DeleteLifecyclePolicyInput struct {
	LifecyclePolicyArn string `json:"lifecyclePolicyArn,omitzero"`
}

// DeleteLifecyclePolicyOutput is the shape DeleteLifecyclePolicyResponse.
type DeleteLifecyclePolicyOutput struct {
	LifecyclePolicyArn string `json:"lifecyclePolicyArn,omitzero"`
}

// DeleteWorkflowInput is the shape DeleteWorkflowRequest.
type DeleteWorkflowInput struct {
	WorkflowBuildVersionArn string `json:"workflowBuildVersionArn,omitzero"`
}

// DeleteWorkflowOutput is the shape DeleteWorkflowResponse.
type DeleteWorkflowOutput struct {
	WorkflowBuildVersionArn string `json:"workflowBuildVersionArn,omitzero"`
}

// DistributeImageInput is the shape DistributeImageRequest.
type DistributeImageInput struct {
	ClientToken                  string                     `json:"clientToken,omitzero"`
	DistributionConfigurationArn string                     `json:"distributionConfigurationArn,omitzero"`
	ExecutionRole                string                     `json:"executionRole,omitzero"`
	LoggingConfiguration         *ImageLoggingConfiguration `json:"loggingConfiguration,omitzero"`
	SourceImage                  string                     `json:"sourceImage,omitzero"`
	Tags                         model.Tags                 `json:"tags"`
}

// DistributeImageOutput is the shape DistributeImageResponse.
type DistributeImageOutput struct {
	ClientToken          string `json:"clientToken,omitzero"`
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
}

// Distribution is the shape Distribution.
type Distribution struct {
	AmiDistributionConfiguration       *AmiDistributionConfiguration       `json:"amiDistributionConfiguration,omitzero"`
	ContainerDistributionConfiguration *ContainerDistributionConfiguration `json:"containerDistributionConfiguration,omitzero"`
	FastLaunchConfigurations           []FastLaunchConfiguration           `json:"fastLaunchConfigurations,omitzero"`
	LaunchTemplateConfigurations       []LaunchTemplateConfiguration       `json:"launchTemplateConfigurations,omitzero"`
	LicenseConfigurationArns           []string                            `json:"licenseConfigurationArns,omitzero"`
	Region                             string                              `json:"region,omitzero"`
	S3ExportConfiguration              *S3ExportConfiguration              `json:"s3ExportConfiguration,omitzero"`
	SsmParameterConfigurations         []SsmParameterConfiguration         `json:"ssmParameterConfigurations,omitzero"`
}

// DistributionConfiguration is the shape DistributionConfiguration.
type DistributionConfiguration struct {
	Arn            string         `json:"arn,omitzero"`
	DateCreated    string         `json:"dateCreated,omitzero"`
	DateUpdated    string         `json:"dateUpdated,omitzero"`
	Description    string         `json:"description,omitzero"`
	Distributions  []Distribution `json:"distributions,omitzero"`
	Name           string         `json:"name,omitzero"`
	Tags           model.Tags     `json:"tags"`
	TimeoutMinutes *int           `json:"timeoutMinutes,omitzero"`
}

// DistributionConfigurationSummary is the shape DistributionConfigurationSummary.
type DistributionConfigurationSummary struct {
	Arn         string     `json:"arn,omitzero"`
	DateCreated string     `json:"dateCreated,omitzero"`
	DateUpdated string     `json:"dateUpdated,omitzero"`
	Description string     `json:"description,omitzero"`
	Name        string     `json:"name,omitzero"`
	Regions     []string   `json:"regions,omitzero"`
	Tags        model.Tags `json:"tags"`
}

// EbsInstanceBlockDeviceSpecification is the shape EbsInstanceBlockDeviceSpecification.
type EbsInstanceBlockDeviceSpecification struct {
	DeleteOnTermination *bool  `json:"deleteOnTermination,omitzero"`
	Encrypted           *bool  `json:"encrypted,omitzero"`
	Iops                *int   `json:"iops,omitzero"`
	KmsKeyId            string `json:"kmsKeyId,omitzero"`
	SnapshotId          string `json:"snapshotId,omitzero"`
	Throughput          *int   `json:"throughput,omitzero"`
	VolumeSize          *int   `json:"volumeSize,omitzero"`
	VolumeType          string `json:"volumeType,omitzero"`
}

// EcrConfiguration is the shape EcrConfiguration.
type EcrConfiguration struct {
	ContainerTags  []string `json:"containerTags,omitzero"`
	RepositoryName string   `json:"repositoryName,omitzero"`
}

// FastLaunchConfiguration is the shape FastLaunchConfiguration.
type FastLaunchConfiguration struct {
	AccountId             string                                 `json:"accountId,omitzero"`
	Enabled               *bool                                  `json:"enabled,omitzero"`
	LaunchTemplate        *FastLaunchLaunchTemplateSpecification `json:"launchTemplate,omitzero"`
	MaxParallelLaunches   *int                                   `json:"maxParallelLaunches,omitzero"`
	SnapshotConfiguration *FastLaunchSnapshotConfiguration       `json:"snapshotConfiguration,omitzero"`
}

// FastLaunchLaunchTemplateSpecification is the shape FastLaunchLaunchTemplateSpecification.
type FastLaunchLaunchTemplateSpecification struct {
	LaunchTemplateId      string `json:"launchTemplateId,omitzero"`
	LaunchTemplateName    string `json:"launchTemplateName,omitzero"`
	LaunchTemplateVersion string `json:"launchTemplateVersion,omitzero"`
}

// FastLaunchSnapshotConfiguration is the shape FastLaunchSnapshotConfiguration.
type FastLaunchSnapshotConfiguration struct {
	TargetResourceCount *int `json:"targetResourceCount,omitzero"`
}

// Filter is the shape Filter.
type Filter struct {
	Name   string   `json:"name,omitzero"`
	Values []string `json:"values,omitzero"`
}

// GetComponentPolicyInput is the shape GetComponentPolicyRequest.
type GetComponentPolicyInput struct {
	ComponentArn string `json:"componentArn,omitzero"`
}

// GetComponentPolicyOutput is the shape GetComponentPolicyResponse.
type GetComponentPolicyOutput struct {
	Policy    string `json:"policy,omitzero"`
	RequestId string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetComponentPolicyOutput) SetRequestID(id string) { o.RequestId = id }

// GetComponentInput is the shape GetComponentRequest.
type GetComponentInput struct {
	ComponentBuildVersionArn string `json:"componentBuildVersionArn,omitzero"`
}

// GetComponentOutput is the shape GetComponentResponse.
type GetComponentOutput struct {
	Component               *Component               `json:"component,omitzero"`
	LatestVersionReferences *LatestVersionReferences `json:"latestVersionReferences,omitzero"`
	RequestId               string                   `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetComponentOutput) SetRequestID(id string) { o.RequestId = id }

// GetContainerRecipePolicyInput is the shape GetContainerRecipePolicyRequest.
type GetContainerRecipePolicyInput struct {
	ContainerRecipeArn string `json:"containerRecipeArn,omitzero"`
}

// GetContainerRecipePolicyOutput is the shape GetContainerRecipePolicyResponse.
type GetContainerRecipePolicyOutput struct {
	Policy    string `json:"policy,omitzero"`
	RequestId string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetContainerRecipePolicyOutput) SetRequestID(id string) { o.RequestId = id }

// GetContainerRecipeInput is the shape GetContainerRecipeRequest.
type GetContainerRecipeInput struct {
	ContainerRecipeArn string `json:"containerRecipeArn,omitzero"`
}

// GetContainerRecipeOutput is the shape GetContainerRecipeResponse.
type GetContainerRecipeOutput struct {
	ContainerRecipe         *ContainerRecipe         `json:"containerRecipe,omitzero"`
	LatestVersionReferences *LatestVersionReferences `json:"latestVersionReferences,omitzero"`
	RequestId               string                   `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetContainerRecipeOutput) SetRequestID(id string) { o.RequestId = id }

// GetDistributionConfigurationInput is the shape GetDistributionConfigurationRequest.
type GetDistributionConfigurationInput struct {
	DistributionConfigurationArn string `json:"distributionConfigurationArn,omitzero"`
}

// GetDistributionConfigurationOutput is the shape GetDistributionConfigurationResponse.
type GetDistributionConfigurationOutput struct {
	DistributionConfiguration *DistributionConfiguration `json:"distributionConfiguration,omitzero"`
	RequestId                 string                     `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetDistributionConfigurationOutput) SetRequestID(id string) { o.RequestId = id }

// GetImagePipelineInput is the shape GetImagePipelineRequest.
type GetImagePipelineInput struct {
	ImagePipelineArn string `json:"imagePipelineArn,omitzero"`
}

// GetImagePipelineOutput is the shape GetImagePipelineResponse.
type GetImagePipelineOutput struct {
	ImagePipeline *ImagePipeline `json:"imagePipeline,omitzero"`
	RequestId     string         `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetImagePipelineOutput) SetRequestID(id string) { o.RequestId = id }

// GetImagePolicyInput is the shape GetImagePolicyRequest.
type GetImagePolicyInput struct {
	ImageArn string `json:"imageArn,omitzero"`
}

// GetImagePolicyOutput is the shape GetImagePolicyResponse.
type GetImagePolicyOutput struct {
	Policy    string `json:"policy,omitzero"`
	RequestId string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetImagePolicyOutput) SetRequestID(id string) { o.RequestId = id }

// GetImageRecipePolicyInput is the shape GetImageRecipePolicyRequest.
type GetImageRecipePolicyInput struct {
	ImageRecipeArn string `json:"imageRecipeArn,omitzero"`
}

// GetImageRecipePolicyOutput is the shape GetImageRecipePolicyResponse.
type GetImageRecipePolicyOutput struct {
	Policy    string `json:"policy,omitzero"`
	RequestId string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetImageRecipePolicyOutput) SetRequestID(id string) { o.RequestId = id }

// GetImageRecipeInput is the shape GetImageRecipeRequest.
type GetImageRecipeInput struct {
	ImageRecipeArn string `json:"imageRecipeArn,omitzero"`
}

// GetImageRecipeOutput is the shape GetImageRecipeResponse.
type GetImageRecipeOutput struct {
	ImageRecipe             *ImageRecipe             `json:"imageRecipe,omitzero"`
	LatestVersionReferences *LatestVersionReferences `json:"latestVersionReferences,omitzero"`
	RequestId               string                   `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetImageRecipeOutput) SetRequestID(id string) { o.RequestId = id }

// GetImageInput is the shape GetImageRequest.
type GetImageInput struct {
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
}

// GetImageOutput is the shape GetImageResponse.
type GetImageOutput struct {
	Image                   *Image                   `json:"image,omitzero"`
	LatestVersionReferences *LatestVersionReferences `json:"latestVersionReferences,omitzero"`
	RequestId               string                   `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetImageOutput) SetRequestID(id string) { o.RequestId = id }

// GetInfrastructureConfigurationInput is the shape GetInfrastructureConfigurationRequest.
type GetInfrastructureConfigurationInput struct {
	InfrastructureConfigurationArn string `json:"infrastructureConfigurationArn,omitzero"`
}

// GetInfrastructureConfigurationOutput is the shape GetInfrastructureConfigurationResponse.
type GetInfrastructureConfigurationOutput struct {
	InfrastructureConfiguration *InfrastructureConfiguration `json:"infrastructureConfiguration,omitzero"`
	RequestId                   string                       `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetInfrastructureConfigurationOutput) SetRequestID(id string) { o.RequestId = id }

// GetLifecycleExecutionInput is the shape GetLifecycleExecutionRequest.
type GetLifecycleExecutionInput struct {
	LifecycleExecutionId string `json:"lifecycleExecutionId,omitzero"`
}

// GetLifecycleExecutionOutput is the shape GetLifecycleExecutionResponse.
type GetLifecycleExecutionOutput struct {
	LifecycleExecution *LifecycleExecution `json:"lifecycleExecution,omitzero"`
}

// GetLifecyclePolicyInput is the shape GetLifecyclePolicyRequest.
type GetLifecyclePolicyInput struct {
	LifecyclePolicyArn string `json:"lifecyclePolicyArn,omitzero"`
}

// GetLifecyclePolicyOutput is the shape GetLifecyclePolicyResponse.
type GetLifecyclePolicyOutput struct {
	LifecyclePolicy *LifecyclePolicy `json:"lifecyclePolicy,omitzero"`
}

// GetMarketplaceResourceInput is the shape GetMarketplaceResourceRequest.
type GetMarketplaceResourceInput struct {
	ResourceArn      string `json:"resourceArn,omitzero"`
	ResourceLocation string `json:"resourceLocation,omitzero"`
	ResourceType     string `json:"resourceType,omitzero"`
}

// GetMarketplaceResourceOutput is the shape GetMarketplaceResourceResponse.
type GetMarketplaceResourceOutput struct {
	Data        string `json:"data,omitzero"`
	ResourceArn string `json:"resourceArn,omitzero"`
	Url         string `json:"url,omitzero"`
}

// GetWorkflowExecutionInput is the shape GetWorkflowExecutionRequest.
type GetWorkflowExecutionInput struct {
	WorkflowExecutionId string `json:"workflowExecutionId,omitzero"`
}

// GetWorkflowExecutionOutput is the shape GetWorkflowExecutionResponse.
type GetWorkflowExecutionOutput struct {
	EndTime                 string `json:"endTime,omitzero"`
	ImageBuildVersionArn    string `json:"imageBuildVersionArn,omitzero"`
	Message                 string `json:"message,omitzero"`
	ParallelGroup           string `json:"parallelGroup,omitzero"`
	RequestId               string `json:"requestId,omitzero"`
	StartTime               string `json:"startTime,omitzero"`
	Status                  string `json:"status,omitzero"`
	TotalStepCount          *int   `json:"totalStepCount,omitzero"`
	TotalStepsFailed        *int   `json:"totalStepsFailed,omitzero"`
	TotalStepsSkipped       *int   `json:"totalStepsSkipped,omitzero"`
	TotalStepsSucceeded     *int   `json:"totalStepsSucceeded,omitzero"`
	Type                    string `json:"type,omitzero"`
	WorkflowBuildVersionArn string `json:"workflowBuildVersionArn,omitzero"`
	WorkflowExecutionId     string `json:"workflowExecutionId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetWorkflowExecutionOutput) SetRequestID(id string) { o.RequestId = id }

// GetWorkflowInput is the shape GetWorkflowRequest.
type GetWorkflowInput struct {
	WorkflowBuildVersionArn string `json:"workflowBuildVersionArn,omitzero"`
}

// GetWorkflowOutput is the shape GetWorkflowResponse.
type GetWorkflowOutput struct {
	LatestVersionReferences *LatestVersionReferences `json:"latestVersionReferences,omitzero"`
	Workflow                *Workflow                `json:"workflow,omitzero"`
}

// GetWorkflowStepExecutionInput is the shape GetWorkflowStepExecutionRequest.
type GetWorkflowStepExecutionInput struct {
	StepExecutionId string `json:"stepExecutionId,omitzero"`
}

// GetWorkflowStepExecutionOutput is the shape GetWorkflowStepExecutionResponse.
type GetWorkflowStepExecutionOutput struct {
	Action                  string `json:"action,omitzero"`
	Description             string `json:"description,omitzero"`
	EndTime                 string `json:"endTime,omitzero"`
	ImageBuildVersionArn    string `json:"imageBuildVersionArn,omitzero"`
	Inputs                  string `json:"inputs,omitzero"`
	Message                 string `json:"message,omitzero"`
	Name                    string `json:"name,omitzero"`
	OnFailure               string `json:"onFailure,omitzero"`
	Outputs                 string `json:"outputs,omitzero"`
	RequestId               string `json:"requestId,omitzero"`
	RollbackStatus          string `json:"rollbackStatus,omitzero"`
	StartTime               string `json:"startTime,omitzero"`
	Status                  string `json:"status,omitzero"`
	StepExecutionId         string `json:"stepExecutionId,omitzero"`
	TimeoutSeconds          *int   `json:"timeoutSeconds,omitzero"`
	WorkflowBuildVersionArn string `json:"workflowBuildVersionArn,omitzero"`
	WorkflowExecutionId     string `json:"workflowExecutionId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *GetWorkflowStepExecutionOutput) SetRequestID(id string) { o.RequestId = id }

// Image is the shape Image.
type Image struct {
	Arn                          string                       `json:"arn,omitzero"`
	BuildType                    string                       `json:"buildType,omitzero"`
	ContainerRecipe              *ContainerRecipe             `json:"containerRecipe,omitzero"`
	DateCreated                  string                       `json:"dateCreated,omitzero"`
	DeprecationTime              *model.Timestamp             `json:"deprecationTime,omitzero"`
	DistributionConfiguration    *DistributionConfiguration   `json:"distributionConfiguration,omitzero"`
	EnhancedImageMetadataEnabled *bool                        `json:"enhancedImageMetadataEnabled,omitzero"`
	ExecutionRole                string                       `json:"executionRole,omitzero"`
	ImageRecipe                  *ImageRecipe                 `json:"imageRecipe,omitzero"`
	ImageScanningConfiguration   *ImageScanningConfiguration  `json:"imageScanningConfiguration,omitzero"`
	ImageSource                  string                       `json:"imageSource,omitzero"`
	ImageTestsConfiguration      *ImageTestsConfiguration     `json:"imageTestsConfiguration,omitzero"`
	InfrastructureConfiguration  *InfrastructureConfiguration `json:"infrastructureConfiguration,omitzero"`
	LifecycleExecutionId         string                       `json:"lifecycleExecutionId,omitzero"`
	LoggingConfiguration         *ImageLoggingConfiguration   `json:"loggingConfiguration,omitzero"`
	Name                         string                       `json:"name,omitzero"`
	OsVersion                    string                       `json:"osVersion,omitzero"`
	OutputResources              *OutputResources             `json:"outputResources,omitzero"`
	Platform                     string                       `json:"platform,omitzero"`
	ScanState                    *ImageScanState              `json:"scanState,omitzero"`
	SourcePipelineArn            string                       `json:"sourcePipelineArn,omitzero"`
	SourcePipelineName           string                       `json:"sourcePipelineName,omitzero"`
	State                        *ImageState                  `json:"state,omitzero"`
	Tags                         model.Tags                   `json:"tags"`
	Type                         string                       `json:"type,omitzero"`
	Version                      string                       `json:"version,omitzero"`
	Workflows                    []WorkflowConfiguration      `json:"workflows,omitzero"`
}

// ImageAggregation is the shape ImageAggregation.
type ImageAggregation struct {
	ImageBuildVersionArn string          `json:"imageBuildVersionArn,omitzero"`
	SeverityCounts       *SeverityCounts `json:"severityCounts,omitzero"`
}

// ImageLoggingConfiguration is the shape ImageLoggingConfiguration.
type ImageLoggingConfiguration struct {
	LogGroupName string `json:"logGroupName,omitzero"`
}

// ImagePackage is the shape ImagePackage.
type ImagePackage struct {
	PackageName    string `json:"packageName,omitzero"`
	PackageVersion string `json:"packageVersion,omitzero"`
}

// ImagePipeline is the shape ImagePipeline.
type ImagePipeline struct {
	Arn                            string                        `json:"arn,omitzero"`
	ConsecutiveFailures            *int                          `json:"consecutiveFailures,omitzero"`
	ContainerRecipeArn             string                        `json:"containerRecipeArn,omitzero"`
	DateCreated                    string                        `json:"dateCreated,omitzero"`
	DateLastRun                    string                        `json:"dateLastRun,omitzero"`
	DateNextRun                    string                        `json:"dateNextRun,omitzero"`
	DateUpdated                    string                        `json:"dateUpdated,omitzero"`
	Description                    string                        `json:"description,omitzero"`
	DistributionConfigurationArn   string                        `json:"distributionConfigurationArn,omitzero"`
	EnhancedImageMetadataEnabled   *bool                         `json:"enhancedImageMetadataEnabled,omitzero"`
	ExecutionRole                  string                        `json:"executionRole,omitzero"`
	ImageRecipeArn                 string                        `json:"imageRecipeArn,omitzero"`
	ImageScanningConfiguration     *ImageScanningConfiguration   `json:"imageScanningConfiguration,omitzero"`
	ImageTags                      model.Tags                    `json:"imageTags,omitzero"`
	ImageTestsConfiguration        *ImageTestsConfiguration      `json:"imageTestsConfiguration,omitzero"`
	InfrastructureConfigurationArn string                        `json:"infrastructureConfigurationArn,omitzero"`
	LastRunStatus                  string                        `json:"lastRunStatus,omitzero"`
	LoggingConfiguration           *PipelineLoggingConfiguration `json:"loggingConfiguration,omitzero"`
	Name                           string                        `json:"name,omitzero"`
	Platform                       string                        `json:"platform,omitzero"`
	Schedule                       *Schedule                     `json:"schedule,omitzero"`
	Status                         string                        `json:"status,omitzero"`
	Tags                           model.Tags                    `json:"tags"`
	Workflows                      []WorkflowConfiguration       `json:"workflows,omitzero"`
}

// ImagePipelineAggregation is the shape ImagePipelineAggregation.
type ImagePipelineAggregation struct {
	ImagePipelineArn string          `json:"imagePipelineArn,omitzero"`
	SeverityCounts   *SeverityCounts `json:"severityCounts,omitzero"`
}

// ImageRecipe is the shape ImageRecipe.
type ImageRecipe struct {
	AdditionalInstanceConfiguration *AdditionalInstanceConfiguration `json:"additionalInstanceConfiguration,omitzero"`
	AmiTags                         model.Tags                       `json:"amiTags,omitzero"`
	AmiWatermarks                   []string                         `json:"amiWatermarks,omitzero"`
	Arn                             string                           `json:"arn,omitzero"`
	BlockDeviceMappings             []InstanceBlockDeviceMapping     `json:"blockDeviceMappings,omitzero"`
	Components                      []ComponentConfiguration         `json:"components,omitzero"`
	DateCreated                     string                           `json:"dateCreated,omitzero"`
	Description                     string                           `json:"description,omitzero"`
	Name                            string                           `json:"name,omitzero"`
	Owner                           string                           `json:"owner,omitzero"`
	ParentImage                     string                           `json:"parentImage,omitzero"`
	Platform                        string                           `json:"platform,omitzero"`
	Tags                            model.Tags                       `json:"tags"`
	Type                            string                           `json:"type,omitzero"`
	Version                         string                           `json:"version,omitzero"`
	WorkingDirectory                string                           `json:"workingDirectory,omitzero"`
}

// ImageRecipeSummary is the shape ImageRecipeSummary.
type ImageRecipeSummary struct {
	Arn         string     `json:"arn,omitzero"`
	DateCreated string     `json:"dateCreated,omitzero"`
	Name        string     `json:"name,omitzero"`
	Owner       string     `json:"owner,omitzero"`
	ParentImage string     `json:"parentImage,omitzero"`
	Platform    string     `json:"platform,omitzero"`
	Tags        model.Tags `json:"tags"`
}

// ImageScanFinding is the shape ImageScanFinding.
type ImageScanFinding struct {
	AwsAccountId                string                       `json:"awsAccountId,omitzero"`
	Description                 string                       `json:"description,omitzero"`
	FirstObservedAt             *model.Timestamp             `json:"firstObservedAt,omitzero"`
	FixAvailable                string                       `json:"fixAvailable,omitzero"`
	ImageBuildVersionArn        string                       `json:"imageBuildVersionArn,omitzero"`
	ImagePipelineArn            string                       `json:"imagePipelineArn,omitzero"`
	InspectorScore              *float64                     `json:"inspectorScore,omitzero"`
	InspectorScoreDetails       *InspectorScoreDetails       `json:"inspectorScoreDetails,omitzero"`
	PackageVulnerabilityDetails *PackageVulnerabilityDetails `json:"packageVulnerabilityDetails,omitzero"`
	Remediation                 *Remediation                 `json:"remediation,omitzero"`
	Severity                    string                       `json:"severity,omitzero"`
	Title                       string                       `json:"title,omitzero"`
	Type                        string                       `json:"type,omitzero"`
	UpdatedAt                   *model.Timestamp             `json:"updatedAt,omitzero"`
}

// ImageScanFindingAggregation is the shape ImageScanFindingAggregation.
type ImageScanFindingAggregation struct {
	AccountAggregation         *AccountAggregation         `json:"accountAggregation,omitzero"`
	ImageAggregation           *ImageAggregation           `json:"imageAggregation,omitzero"`
	ImagePipelineAggregation   *ImagePipelineAggregation   `json:"imagePipelineAggregation,omitzero"`
	VulnerabilityIdAggregation *VulnerabilityIdAggregation `json:"vulnerabilityIdAggregation,omitzero"`
}

// ImageScanFindingsFilter is the shape ImageScanFindingsFilter.
type ImageScanFindingsFilter struct {
	Name   string   `json:"name,omitzero"`
	Values []string `json:"values,omitzero"`
}

// ImageScanState is the shape ImageScanState.
type ImageScanState struct {
	Reason string `json:"reason,omitzero"`
	Status string `json:"status,omitzero"`
}

// ImageScanningConfiguration is the shape ImageScanningConfiguration.
type ImageScanningConfiguration struct {
	EcrConfiguration     *EcrConfiguration `json:"ecrConfiguration,omitzero"`
	ImageScanningEnabled *bool             `json:"imageScanningEnabled,omitzero"`
}

// ImageState is the shape ImageState.
type ImageState struct {
	Reason string `json:"reason,omitzero"`
	Status string `json:"status,omitzero"`
}

// ImageSummary is the shape ImageSummary.
type ImageSummary struct {
	Arn                  string                     `json:"arn,omitzero"`
	BuildType            string                     `json:"buildType,omitzero"`
	DateCreated          string                     `json:"dateCreated,omitzero"`
	DeprecationTime      *model.Timestamp           `json:"deprecationTime,omitzero"`
	ImageSource          string                     `json:"imageSource,omitzero"`
	LifecycleExecutionId string                     `json:"lifecycleExecutionId,omitzero"`
	LoggingConfiguration *ImageLoggingConfiguration `json:"loggingConfiguration,omitzero"`
	Name                 string                     `json:"name,omitzero"`
	OsVersion            string                     `json:"osVersion,omitzero"`
	OutputResources      *OutputResources           `json:"outputResources,omitzero"`
	Owner                string                     `json:"owner,omitzero"`
	Platform             string                     `json:"platform,omitzero"`
	State                *ImageState                `json:"state,omitzero"`
	Tags                 model.Tags                 `json:"tags"`
	Type                 string                     `json:"type,omitzero"`
	Version              string                     `json:"version,omitzero"`
}

// ImageTestsConfiguration is the shape ImageTestsConfiguration.
type ImageTestsConfiguration struct {
	ImageTestsEnabled *bool `json:"imageTestsEnabled,omitzero"`
	TimeoutMinutes    *int  `json:"timeoutMinutes,omitzero"`
}

// ImageVersion is the shape ImageVersion.
type ImageVersion struct {
	Arn         string `json:"arn,omitzero"`
	BuildType   string `json:"buildType,omitzero"`
	DateCreated string `json:"dateCreated,omitzero"`
	ImageSource string `json:"imageSource,omitzero"`
	Name        string `json:"name,omitzero"`
	OsVersion   string `json:"osVersion,omitzero"`
	Owner       string `json:"owner,omitzero"`
	Platform    string `json:"platform,omitzero"`
	Type        string `json:"type,omitzero"`
	Version     string `json:"version,omitzero"`
}

// ImportComponentInput is the shape ImportComponentRequest.
type ImportComponentInput struct {
	ChangeDescription string     `json:"changeDescription,omitzero"`
	ClientToken       string     `json:"clientToken,omitzero"`
	Data              string     `json:"data,omitzero"`
	Description       string     `json:"description,omitzero"`
	Format            string     `json:"format,omitzero"`
	KmsKeyId          string     `json:"kmsKeyId,omitzero"`
	Name              string     `json:"name,omitzero"`
	Platform          string     `json:"platform,omitzero"`
	SemanticVersion   string     `json:"semanticVersion,omitzero"`
	Tags              model.Tags `json:"tags"`
	Type              string     `json:"type,omitzero"`
	Uri               string     `json:"uri,omitzero"`
}

// ImportComponentOutput is the shape ImportComponentResponse.
type ImportComponentOutput struct {
	ClientToken              string `json:"clientToken,omitzero"`
	ComponentBuildVersionArn string `json:"componentBuildVersionArn,omitzero"`
	RequestId                string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ImportComponentOutput) SetRequestID(id string) { o.RequestId = id }

// ImportDiskImageInput is the shape ImportDiskImageRequest.
type ImportDiskImageInput struct {
	ClientToken                    string                     `json:"clientToken,omitzero"`
	Description                    string                     `json:"description,omitzero"`
	ExecutionRole                  string                     `json:"executionRole,omitzero"`
	InfrastructureConfigurationArn string                     `json:"infrastructureConfigurationArn,omitzero"`
	LoggingConfiguration           *ImageLoggingConfiguration `json:"loggingConfiguration,omitzero"`
	Name                           string                     `json:"name,omitzero"`
	OsVersion                      string                     `json:"osVersion,omitzero"`
	Platform                       string                     `json:"platform,omitzero"`
	RegisterImageOptions           *RegisterImageOptions      `json:"registerImageOptions,omitzero"`
	SemanticVersion                string                     `json:"semanticVersion,omitzero"`
	Tags                           model.Tags                 `json:"tags"`
	Uri                            string                     `json:"uri,omitzero"`
	WindowsConfiguration           *WindowsConfiguration      `json:"windowsConfiguration,omitzero"`
}

// ImportDiskImageOutput is the shape ImportDiskImageResponse.
type ImportDiskImageOutput struct {
	ClientToken          string `json:"clientToken,omitzero"`
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
}

// ImportVmImageInput is the shape ImportVmImageRequest.
type ImportVmImageInput struct {
	ClientToken          string                     `json:"clientToken,omitzero"`
	Description          string                     `json:"description,omitzero"`
	LoggingConfiguration *ImageLoggingConfiguration `json:"loggingConfiguration,omitzero"`
	Name                 string                     `json:"name,omitzero"`
	OsVersion            string                     `json:"osVersion,omitzero"`
	Platform             string                     `json:"platform,omitzero"`
	SemanticVersion      string                     `json:"semanticVersion,omitzero"`
	Tags                 model.Tags                 `json:"tags"`
	VmImportTaskId       string                     `json:"vmImportTaskId,omitzero"`
}

// ImportVmImageOutput is the shape ImportVmImageResponse.
type ImportVmImageOutput struct {
	ClientToken string `json:"clientToken,omitzero"`
	ImageArn    string `json:"imageArn,omitzero"`
	RequestId   string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ImportVmImageOutput) SetRequestID(id string) { o.RequestId = id }

// InfrastructureConfiguration is the shape InfrastructureConfiguration.
type InfrastructureConfiguration struct {
	Arn                        string                   `json:"arn,omitzero"`
	DateCreated                string                   `json:"dateCreated,omitzero"`
	DateUpdated                string                   `json:"dateUpdated,omitzero"`
	Description                string                   `json:"description,omitzero"`
	InstanceMetadataOptions    *InstanceMetadataOptions `json:"instanceMetadataOptions,omitzero"`
	InstanceProfileName        string                   `json:"instanceProfileName,omitzero"`
	InstanceTypes              []string                 `json:"instanceTypes,omitzero"`
	KeyPair                    string                   `json:"keyPair,omitzero"`
	Logging                    *Logging                 `json:"logging,omitzero"`
	Name                       string                   `json:"name,omitzero"`
	Placement                  *Placement               `json:"placement,omitzero"`
	ResourceTags               map[string]string        `json:"resourceTags,omitzero"`
	SecurityGroupIds           []string                 `json:"securityGroupIds,omitzero"`
	SnsTopicArn                string                   `json:"snsTopicArn,omitzero"`
	SubnetId                   string                   `json:"subnetId,omitzero"`
	Tags                       model.Tags               `json:"tags"`
	TerminateInstanceOnFailure *bool                    `json:"terminateInstanceOnFailure,omitzero"`
}

// InfrastructureConfigurationSummary is the shape InfrastructureConfigurationSummary.
type InfrastructureConfigurationSummary struct {
	Arn                 string            `json:"arn,omitzero"`
	DateCreated         string            `json:"dateCreated,omitzero"`
	DateUpdated         string            `json:"dateUpdated,omitzero"`
	Description         string            `json:"description,omitzero"`
	InstanceProfileName string            `json:"instanceProfileName,omitzero"`
	InstanceTypes       []string          `json:"instanceTypes,omitzero"`
	Name                string            `json:"name,omitzero"`
	Placement           *Placement        `json:"placement,omitzero"`
	ResourceTags        map[string]string `json:"resourceTags,omitzero"`
	Tags                model.Tags        `json:"tags"`
}

// InspectorScoreDetails is the shape InspectorScoreDetails.
type InspectorScoreDetails struct {
	AdjustedCvss *CvssScoreDetails `json:"adjustedCvss,omitzero"`
}

// InstanceBlockDeviceMapping is the shape InstanceBlockDeviceMapping.
type InstanceBlockDeviceMapping struct {
	DeviceName  string                               `json:"deviceName,omitzero"`
	Ebs         *EbsInstanceBlockDeviceSpecification `json:"ebs,omitzero"`
	NoDevice    *string                              `json:"noDevice,omitzero"`
	VirtualName string                               `json:"virtualName,omitzero"`
}

// InstanceConfiguration is the shape InstanceConfiguration.
type InstanceConfiguration struct {
	BlockDeviceMappings []InstanceBlockDeviceMapping `json:"blockDeviceMappings,omitzero"`
	Image               string                       `json:"image,omitzero"`
}

// InstanceMetadataOptions is the shape InstanceMetadataOptions.
type InstanceMetadataOptions struct {
	HttpPutResponseHopLimit *int   `json:"httpPutResponseHopLimit,omitzero"`
	HttpTokens              string `json:"httpTokens,omitzero"`
}

// LatestVersionReferences is the shape LatestVersionReferences.
type LatestVersionReferences struct {
	LatestMajorVersionArn string `json:"latestMajorVersionArn,omitzero"`
	LatestMinorVersionArn string `json:"latestMinorVersionArn,omitzero"`
	LatestPatchVersionArn string `json:"latestPatchVersionArn,omitzero"`
	LatestVersionArn      string `json:"latestVersionArn,omitzero"`
}

// LaunchPermissionConfiguration is the shape LaunchPermissionConfiguration.
type LaunchPermissionConfiguration struct {
	OrganizationArns       []string `json:"organizationArns,omitzero"`
	OrganizationalUnitArns []string `json:"organizationalUnitArns,omitzero"`
	UserGroups             []string `json:"userGroups,omitzero"`
	UserIds                []string `json:"userIds,omitzero"`
}

// LaunchTemplateConfiguration is the shape LaunchTemplateConfiguration.
type LaunchTemplateConfiguration struct {
	AccountId         string `json:"accountId,omitzero"`
	LaunchTemplateId  string `json:"launchTemplateId,omitzero"`
	SetDefaultVersion *bool  `json:"setDefaultVersion,omitzero"`
}

// LifecycleExecution is the shape LifecycleExecution.
type LifecycleExecution struct {
	EndTime                  *model.Timestamp                            `json:"endTime,omitzero"`
	LifecycleExecutionId     string                                      `json:"lifecycleExecutionId,omitzero"`
	LifecyclePolicyArn       string                                      `json:"lifecyclePolicyArn,omitzero"`
	ResourcesImpactedSummary *LifecycleExecutionResourcesImpactedSummary `json:"resourcesImpactedSummary,omitzero"`
	StartTime                *model.Timestamp                            `json:"startTime,omitzero"`
	State                    *LifecycleExecutionState                    `json:"state,omitzero"`
}

// LifecycleExecutionResource is the shape LifecycleExecutionResource.
type LifecycleExecutionResource struct {
	AccountId  string                               `json:"accountId,omitzero"`
	Action     *LifecycleExecutionResourceAction    `json:"action,omitzero"`
	EndTime    *model.Timestamp                     `json:"endTime,omitzero"`
	ImageUris  []string                             `json:"imageUris,omitzero"`
	Region     string                               `json:"region,omitzero"`
	ResourceId string                               `json:"resourceId,omitzero"`
	Snapshots  []LifecycleExecutionSnapshotResource `json:"snapshots,omitzero"`
	StartTime  *model.Timestamp                     `json:"startTime,omitzero"`
	State      *LifecycleExecutionResourceState     `json:"state,omitzero"`
}

// LifecycleExecutionResourceAction is the shape LifecycleExecutionResourceAction.
type LifecycleExecutionResourceAction struct {
	Name   string `json:"name,omitzero"`
	Reason string `json:"reason,omitzero"`
}

// LifecycleExecutionResourceState is the shape LifecycleExecutionResourceState.
type LifecycleExecutionResourceState struct {
	Reason string `json:"reason,omitzero"`
	Status string `json:"status,omitzero"`
}

// LifecycleExecutionResourcesImpactedSummary is the shape LifecycleExecutionResourcesImpactedSummary.
type LifecycleExecutionResourcesImpactedSummary struct {
	HasImpactedResources *bool `json:"hasImpactedResources,omitzero"`
}

// LifecycleExecutionSnapshotResource is the shape LifecycleExecutionSnapshotResource.
type LifecycleExecutionSnapshotResource struct {
	SnapshotId string                           `json:"snapshotId,omitzero"`
	State      *LifecycleExecutionResourceState `json:"state,omitzero"`
}

// LifecycleExecutionState is the shape LifecycleExecutionState.
type LifecycleExecutionState struct {
	Reason string `json:"reason,omitzero"`
	Status string `json:"status,omitzero"`
}

// LifecyclePolicy is the shape LifecyclePolicy.
type LifecyclePolicy struct {
	Arn               string                            `json:"arn,omitzero"`
	DateCreated       *model.Timestamp                  `json:"dateCreated,omitzero"`
	DateLastRun       *model.Timestamp                  `json:"dateLastRun,omitzero"`
	DateUpdated       *model.Timestamp                  `json:"dateUpdated,omitzero"`
	Description       string                            `json:"description,omitzero"`
	ExecutionRole     string                            `json:"executionRole,omitzero"`
	Name              string                            `json:"name,omitzero"`
	PolicyDetails     []LifecyclePolicyDetail           `json:"policyDetails,omitzero"`
	ResourceSelection *LifecyclePolicyResourceSelection `json:"resourceSelection,omitzero"`
	ResourceType      string                            `json:"resourceType,omitzero"`
	Status            string                            `json:"status,omitzero"`
	Tags              model.Tags                        `json:"tags"`
}

// LifecyclePolicyDetail is the shape LifecyclePolicyDetail.
type LifecyclePolicyDetail struct {
	Action         *LifecyclePolicyDetailAction         `json:"action,omitzero"`
	ExclusionRules *LifecyclePolicyDetailExclusionRules `json:"exclusionRules,omitzero"`
	Filter         *LifecyclePolicyDetailFilter         `json:"filter,omitzero"`
}

// LifecyclePolicyDetailAction is the shape LifecyclePolicyDetailAction.
type LifecyclePolicyDetailAction struct {
	IncludeResources *LifecyclePolicyDetailActionIncludeResources `json:"includeResources,omitzero"`
	Type             string                                       `json:"type,omitzero"`
}

// LifecyclePolicyDetailActionIncludeResources is the shape LifecyclePolicyDetailActionIncludeResources.
type LifecyclePolicyDetailActionIncludeResources struct {
	Amis       *bool `json:"amis,omitzero"`
	Containers *bool `json:"containers,omitzero"`
	Snapshots  *bool `json:"snapshots,omitzero"`
}

// LifecyclePolicyDetailExclusionRules is the shape LifecyclePolicyDetailExclusionRules.
type LifecyclePolicyDetailExclusionRules struct {
	Amis   *LifecyclePolicyDetailExclusionRulesAmis `json:"amis,omitzero"`
	TagMap model.Tags                               `json:"tagMap,omitzero"`
}

// LifecyclePolicyDetailExclusionRulesAmis is the shape LifecyclePolicyDetailExclusionRulesAmis.
type LifecyclePolicyDetailExclusionRulesAmis struct {
	IsPublic       *bool                                                `json:"isPublic,omitzero"`
	LastLaunched   *LifecyclePolicyDetailExclusionRulesAmisLastLaunched `json:"lastLaunched,omitzero"`
	Regions        []string                                             `json:"regions,omitzero"`
	SharedAccounts []string                                             `json:"sharedAccounts,omitzero"`
	TagMap         model.Tags                                           `json:"tagMap,omitzero"`
}

// LifecyclePolicyDetailExclusionRulesAmisLastLaunched is the shape LifecyclePolicyDetailExclusionRulesAmisLastLaunched.
type LifecyclePolicyDetailExclusionRulesAmisLastLaunched struct {
	Unit  string `json:"unit,omitzero"`
	Value *int   `json:"value,omitzero"`
}

// LifecyclePolicyDetailFilter is the shape LifecyclePolicyDetailFilter.
type LifecyclePolicyDetailFilter struct {
	RetainAtLeast *int   `json:"retainAtLeast,omitzero"`
	Type          string `json:"type,omitzero"`
	Unit          string `json:"unit,omitzero"`
	Value         *int   `json:"value,omitzero"`
}

// LifecyclePolicyResourceSelection is the shape LifecyclePolicyResourceSelection.
type LifecyclePolicyResourceSelection struct {
	Recipes []LifecyclePolicyResourceSelectionRecipe `json:"recipes,omitzero"`
	TagMap  model.Tags                               `json:"tagMap,omitzero"`
}

// LifecyclePolicyResourceSelectionRecipe is the shape LifecyclePolicyResourceSelectionRecipe.
type LifecyclePolicyResourceSelectionRecipe struct {
	Name            string `json:"name,omitzero"`
	SemanticVersion string `json:"semanticVersion,omitzero"`
}

// LifecyclePolicySummary is the shape LifecyclePolicySummary.
type LifecyclePolicySummary struct {
	Arn           string           `json:"arn,omitzero"`
	DateCreated   *model.Timestamp `json:"dateCreated,omitzero"`
	DateLastRun   *model.Timestamp `json:"dateLastRun,omitzero"`
	DateUpdated   *model.Timestamp `json:"dateUpdated,omitzero"`
	Description   string           `json:"description,omitzero"`
	ExecutionRole string           `json:"executionRole,omitzero"`
	Name          string           `json:"name,omitzero"`
	ResourceType  string           `json:"resourceType,omitzero"`
	Status        string           `json:"status,omitzero"`
	Tags          model.Tags       `json:"tags"`
}

// ListComponentBuildVersionsInput is the shape ListComponentBuildVersionsRequest.
type ListComponentBuildVersionsInput struct {
	ComponentVersionArn string `json:"componentVersionArn,omitzero"`
	MaxResults          *int   `json:"maxResults,omitzero"`
	NextToken           string `json:"nextToken,omitzero"`
}

// ListComponentBuildVersionsOutput is the shape ListComponentBuildVersionsResponse.
type ListComponentBuildVersionsOutput struct {
	ComponentSummaryList []ComponentSummary `json:"componentSummaryList,omitzero"`
	NextToken            string             `json:"nextToken,omitzero"`
	RequestId            string             `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListComponentBuildVersionsOutput) SetRequestID(id string) { o.RequestId = id }

// ListComponentsInput is the shape ListComponentsRequest.
type ListComponentsInput struct {
	ByName     *bool    `json:"byName,omitzero"`
	Filters    []Filter `json:"filters,omitzero"`
	MaxResults *int     `json:"maxResults,omitzero"`
	NextToken  string   `json:"nextToken,omitzero"`
	Owner      string   `json:"owner,omitzero"`
}

// ListComponentsOutput is the shape ListComponentsResponse.
type ListComponentsOutput struct {
	ComponentVersionList []ComponentVersion `json:"componentVersionList,omitzero"`
	NextToken            string             `json:"nextToken,omitzero"`
	RequestId            string             `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListComponentsOutput) SetRequestID(id string) { o.RequestId = id }

// ListContainerRecipesInput is the shape ListContainerRecipesRequest.
type ListContainerRecipesInput struct {
	Filters    []Filter `json:"filters,omitzero"`
	MaxResults *int     `json:"maxResults,omitzero"`
	NextToken  string   `json:"nextToken,omitzero"`
	Owner      string   `json:"owner,omitzero"`
}

// ListContainerRecipesOutput is the shape ListContainerRecipesResponse.
type ListContainerRecipesOutput struct {
	ContainerRecipeSummaryList []ContainerRecipeSummary `json:"containerRecipeSummaryList,omitzero"`
	NextToken                  string                   `json:"nextToken,omitzero"`
	RequestId                  string                   `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListContainerRecipesOutput) SetRequestID(id string) { o.RequestId = id }

// ListDistributionConfigurationsInput is the shape ListDistributionConfigurationsRequest.
type ListDistributionConfigurationsInput struct {
	Filters    []Filter `json:"filters,omitzero"`
	MaxResults *int     `json:"maxResults,omitzero"`
	NextToken  string   `json:"nextToken,omitzero"`
}

// ListDistributionConfigurationsOutput is the shape ListDistributionConfigurationsResponse.
type ListDistributionConfigurationsOutput struct {
	DistributionConfigurationSummaryList []DistributionConfigurationSummary `json:"distributionConfigurationSummaryList,omitzero"`
	NextToken                            string                             `json:"nextToken,omitzero"`
	RequestId                            string                             `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListDistributionConfigurationsOutput) SetRequestID(id string) { o.RequestId = id }

// ListImageBuildVersionsInput is the shape ListImageBuildVersionsRequest.
type ListImageBuildVersionsInput struct {
	Filters         []Filter `json:"filters,omitzero"`
	ImageVersionArn string   `json:"imageVersionArn,omitzero"`
	MaxResults      *int     `json:"maxResults,omitzero"`
	NextToken       string   `json:"nextToken,omitzero"`
}

// ListImageBuildVersionsOutput is the shape ListImageBuildVersionsResponse.
type ListImageBuildVersionsOutput struct {
	ImageSummaryList []ImageSummary `json:"imageSummaryList,omitzero"`
	NextToken        string         `json:"nextToken,omitzero"`
	RequestId        string         `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListImageBuildVersionsOutput) SetRequestID(id string) { o.RequestId = id }

// ListImagePackagesInput is the shape ListImagePackagesRequest.
type ListImagePackagesInput struct {
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
	MaxResults           *int   `json:"maxResults,omitzero"`
	NextToken            string `json:"nextToken,omitzero"`
}

// ListImagePackagesOutput is the shape ListImagePackagesResponse.
type ListImagePackagesOutput struct {
	ImagePackageList []ImagePackage `json:"imagePackageList,omitzero"`
	NextToken        string         `json:"nextToken,omitzero"`
	RequestId        string         `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListImagePackagesOutput) SetRequestID(id string) { o.RequestId = id }

// ListImagePipelineImagesInput is the shape ListImagePipelineImagesRequest.
type ListImagePipelineImagesInput struct {
	Filters          []Filter `json:"filters,omitzero"`
	ImagePipelineArn string   `json:"imagePipelineArn,omitzero"`
	MaxResults       *int     `json:"maxResults,omitzero"`
	NextToken        string   `json:"nextToken,omitzero"`
}

// ListImagePipelineImagesOutput is the shape ListImagePipelineImagesResponse.
type ListImagePipelineImagesOutput struct {
	ImageSummaryList []ImageSummary `json:"imageSummaryList,omitzero"`
	NextToken        string         `json:"nextToken,omitzero"`
	RequestId        string         `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListImagePipelineImagesOutput) SetRequestID(id string) { o.RequestId = id }

// ListImagePipelinesInput is the shape ListImagePipelinesRequest.
type ListImagePipelinesInput struct {
	Filters    []Filter `json:"filters,omitzero"`
	MaxResults *int     `json:"maxResults,omitzero"`
	NextToken  string   `json:"nextToken,omitzero"`
}

// ListImagePipelinesOutput is the shape ListImagePipelinesResponse.
type ListImagePipelinesOutput struct {
	ImagePipelineList []ImagePipeline `json:"imagePipelineList,omitzero"`
	NextToken         string          `json:"nextToken,omitzero"`
	RequestId         string          `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListImagePipelinesOutput) SetRequestID(id string) { o.RequestId = id }

// ListImageRecipesInput is the shape ListImageRecipesRequest.
type ListImageRecipesInput struct {
	Filters    []Filter `json:"filters,omitzero"`
	MaxResults *int     `json:"maxResults,omitzero"`
	NextToken  string   `json:"nextToken,omitzero"`
	Owner      string   `json:"owner,omitzero"`
}

// ListImageRecipesOutput is the shape ListImageRecipesResponse.
type ListImageRecipesOutput struct {
	ImageRecipeSummaryList []ImageRecipeSummary `json:"imageRecipeSummaryList,omitzero"`
	NextToken              string               `json:"nextToken,omitzero"`
	RequestId              string               `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListImageRecipesOutput) SetRequestID(id string) { o.RequestId = id }

// ListImageScanFindingAggregationsInput is the shape ListImageScanFindingAggregationsRequest.
type ListImageScanFindingAggregationsInput struct {
	Filter    *Filter `json:"filter,omitzero"`
	NextToken string  `json:"nextToken,omitzero"`
}

// ListImageScanFindingAggregationsOutput is the shape ListImageScanFindingAggregationsResponse.
type ListImageScanFindingAggregationsOutput struct {
	AggregationType string                        `json:"aggregationType,omitzero"`
	NextToken       string                        `json:"nextToken,omitzero"`
	RequestId       string                        `json:"requestId,omitzero"`
	Responses       []ImageScanFindingAggregation `json:"responses,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListImageScanFindingAggregationsOutput) SetRequestID(id string) { o.RequestId = id }

// ListImageScanFindingsInput is the shape ListImageScanFindingsRequest.
type ListImageScanFindingsInput struct {
	Filters    []ImageScanFindingsFilter `json:"filters,omitzero"`
	MaxResults *int                      `json:"maxResults,omitzero"`
	NextToken  string                    `json:"nextToken,omitzero"`
}

// ListImageScanFindingsOutput is the shape ListImageScanFindingsResponse.
type ListImageScanFindingsOutput struct {
	Findings  []ImageScanFinding `json:"findings,omitzero"`
	NextToken string             `json:"nextToken,omitzero"`
	RequestId string             `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListImageScanFindingsOutput) SetRequestID(id string) { o.RequestId = id }

// ListImagesInput is the shape ListImagesRequest.
type ListImagesInput struct {
	ByName            *bool    `json:"byName,omitzero"`
	Filters           []Filter `json:"filters,omitzero"`
	IncludeDeprecated *bool    `json:"includeDeprecated,omitzero"`
	MaxResults        *int     `json:"maxResults,omitzero"`
	NextToken         string   `json:"nextToken,omitzero"`
	Owner             string   `json:"owner,omitzero"`
}

// ListImagesOutput is the shape ListImagesResponse.
type ListImagesOutput struct {
	ImageVersionList []ImageVersion `json:"imageVersionList,omitzero"`
	NextToken        string         `json:"nextToken,omitzero"`
	RequestId        string         `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListImagesOutput) SetRequestID(id string) { o.RequestId = id }

// ListInfrastructureConfigurationsInput is the shape ListInfrastructureConfigurationsRequest.
type ListInfrastructureConfigurationsInput struct {
	Filters    []Filter `json:"filters,omitzero"`
	MaxResults *int     `json:"maxResults,omitzero"`
	NextToken  string   `json:"nextToken,omitzero"`
}

// ListInfrastructureConfigurationsOutput is the shape ListInfrastructureConfigurationsResponse.
type ListInfrastructureConfigurationsOutput struct {
	InfrastructureConfigurationSummaryList []InfrastructureConfigurationSummary `json:"infrastructureConfigurationSummaryList,omitzero"`
	NextToken                              string                               `json:"nextToken,omitzero"`
	RequestId                              string                               `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListInfrastructureConfigurationsOutput) SetRequestID(id string) { o.RequestId = id }

// ListLifecycleExecutionResourcesInput is the shape ListLifecycleExecutionResourcesRequest.
type ListLifecycleExecutionResourcesInput struct {
	LifecycleExecutionId string `json:"lifecycleExecutionId,omitzero"`
	MaxResults           *int   `json:"maxResults,omitzero"`
	NextToken            string `json:"nextToken,omitzero"`
	ParentResourceId     string `json:"parentResourceId,omitzero"`
}

// ListLifecycleExecutionResourcesOutput is the shape ListLifecycleExecutionResourcesResponse.
type ListLifecycleExecutionResourcesOutput struct {
	LifecycleExecutionId    string                       `json:"lifecycleExecutionId,omitzero"`
	LifecycleExecutionState *LifecycleExecutionState     `json:"lifecycleExecutionState,omitzero"`
	NextToken               string                       `json:"nextToken,omitzero"`
	Resources               []LifecycleExecutionResource `json:"resources,omitzero"`
}

// ListLifecycleExecutionsInput is the shape ListLifecycleExecutionsRequest.
type ListLifecycleExecutionsInput struct {
	MaxResults  *int   `json:"maxResults,omitzero"`
	NextToken   string `json:"nextToken,omitzero"`
	ResourceArn string `json:"resourceArn,omitzero"`
}

// ListLifecycleExecutionsOutput is the shape ListLifecycleExecutionsResponse.
type ListLifecycleExecutionsOutput struct {
	LifecycleExecutions []LifecycleExecution `json:"lifecycleExecutions,omitzero"`
	NextToken           string               `json:"nextToken,omitzero"`
}

// ListLifecyclePoliciesInput is the shape ListLifecyclePoliciesRequest.
type ListLifecyclePoliciesInput struct {
	Filters    []Filter `json:"filters,omitzero"`
	MaxResults *int     `json:"maxResults,omitzero"`
	NextToken  string   `json:"nextToken,omitzero"`
}

// ListLifecyclePoliciesOutput is the shape ListLifecyclePoliciesResponse.
type ListLifecyclePoliciesOutput struct {
	LifecyclePolicySummaryList []LifecyclePolicySummary `json:"lifecyclePolicySummaryList,omitzero"`
	NextToken                  string                   `json:"nextToken,omitzero"`
}

// ListTagsForResourceInput is the shape ListTagsForResourceRequest.
type ListTagsForResourceInput struct {
	ResourceArn string `json:"resourceArn,omitzero"`
}

// ListTagsForResourceOutput is the shape ListTagsForResourceResponse.
type ListTagsForResourceOutput struct {
	Tags model.Tags `json:"tags"`
}

// ListWaitingWorkflowStepsInput is the shape ListWaitingWorkflowStepsRequest.
type ListWaitingWorkflowStepsInput struct {
	MaxResults *int   `json:"maxResults,omitzero"`
	NextToken  string `json:"nextToken,omitzero"`
}

// ListWaitingWorkflowStepsOutput is the shape ListWaitingWorkflowStepsResponse.
type ListWaitingWorkflowStepsOutput struct {
	NextToken string                  `json:"nextToken,omitzero"`
	Steps     []WorkflowStepExecution `json:"steps,omitzero"`
}

// ListWorkflowBuildVersionsInput is the shape ListWorkflowBuildVersionsRequest.
type ListWorkflowBuildVersionsInput struct {
	MaxResults         *int   `json:"maxResults,omitzero"`
	NextToken          string `json:"nextToken,omitzero"`
	WorkflowVersionArn string `json:"workflowVersionArn,omitzero"`
}

// ListWorkflowBuildVersionsOutput is the shape ListWorkflowBuildVersionsResponse.
type ListWorkflowBuildVersionsOutput struct {
	NextToken           string            `json:"nextToken,omitzero"`
	WorkflowSummaryList []WorkflowSummary `json:"workflowSummaryList,omitzero"`
}

// ListWorkflowExecutionsInput is the shape ListWorkflowExecutionsRequest.
type ListWorkflowExecutionsInput struct {
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
	MaxResults           *int   `json:"maxResults,omitzero"`
	NextToken            string `json:"nextToken,omitzero"`
}

// ListWorkflowExecutionsOutput is the shape ListWorkflowExecutionsResponse.
type ListWorkflowExecutionsOutput struct {
	ImageBuildVersionArn string                      `json:"imageBuildVersionArn,omitzero"`
	Message              string                      `json:"message,omitzero"`
	NextToken            string                      `json:"nextToken,omitzero"`
	RequestId            string                      `json:"requestId,omitzero"`
	WorkflowExecutions   []WorkflowExecutionMetadata `json:"workflowExecutions,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListWorkflowExecutionsOutput) SetRequestID(id string) { o.RequestId = id }

// ListWorkflowStepExecutionsInput is the shape ListWorkflowStepExecutionsRequest.
type ListWorkflowStepExecutionsInput struct {
	MaxResults          *int   `json:"maxResults,omitzero"`
	NextToken           string `json:"nextToken,omitzero"`
	WorkflowExecutionId string `json:"workflowExecutionId,omitzero"`
}

// ListWorkflowStepExecutionsOutput is the shape ListWorkflowStepExecutionsResponse.
type ListWorkflowStepExecutionsOutput struct {
	ImageBuildVersionArn    string                 `json:"imageBuildVersionArn,omitzero"`
	Message                 string                 `json:"message,omitzero"`
	NextToken               string                 `json:"nextToken,omitzero"`
	RequestId               string                 `json:"requestId,omitzero"`
	Steps                   []WorkflowStepMetadata `json:"steps,omitzero"`
	WorkflowBuildVersionArn string                 `json:"workflowBuildVersionArn,omitzero"`
	WorkflowExecutionId     string                 `json:"workflowExecutionId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *ListWorkflowStepExecutionsOutput) SetRequestID(id string) { o.RequestId = id }

// ListWorkflowsInput is the shape ListWorkflowsRequest.
type ListWorkflowsInput struct {
	ByName     *bool    `json:"byName,omitzero"`
	Filters    []Filter `json:"filters,omitzero"`
	MaxResults *int     `json:"maxResults,omitzero"`
	NextToken  string   `json:"nextToken,omitzero"`
	Owner      string   `json:"owner,omitzero"`
}

// ListWorkflowsOutput is the shape ListWorkflowsResponse.
type ListWorkflowsOutput struct {
	NextToken           string            `json:"nextToken,omitzero"`
	WorkflowVersionList []WorkflowVersion `json:"workflowVersionList,omitzero"`
}

// Logging is the shape Logging.
type Logging struct {
	S3Logs *S3Logs `json:"s3Logs,omitzero"`
}

// OutputResources is the shape OutputResources.
type OutputResources struct {
	Amis       []Ami       `json:"amis,omitzero"`
	Containers []Container `json:"containers,omitzero"`
}

// PackageVulnerabilityDetails is the shape PackageVulnerabilityDetails.
type PackageVulnerabilityDetails struct {
	Cvss                   []CvssScore         `json:"cvss,omitzero"`
	ReferenceUrls          []string            `json:"referenceUrls,omitzero"`
	RelatedVulnerabilities []string            `json:"relatedVulnerabilities,omitzero"`
	Source                 string              `json:"source,omitzero"`
	SourceUrl              string              `json:"sourceUrl,omitzero"`
	VendorCreatedAt        *model.Timestamp    `json:"vendorCreatedAt,omitzero"`
	VendorSeverity         string              `json:"vendorSeverity,omitzero"`
	VendorUpdatedAt        *model.Timestamp    `json:"vendorUpdatedAt,omitzero"`
	VulnerabilityId        string              `json:"vulnerabilityId,omitzero"`
	VulnerablePackages     []VulnerablePackage `json:"vulnerablePackages,omitzero"`
}

// PipelineLoggingConfiguration is the shape PipelineLoggingConfiguration.
type PipelineLoggingConfiguration struct {
	ImageLogGroupName    string `json:"imageLogGroupName,omitzero"`
	PipelineLogGroupName string `json:"pipelineLogGroupName,omitzero"`
}

// Placement is the shape Placement.
type Placement struct {
	AvailabilityZone     string `json:"availabilityZone,omitzero"`
	HostId               string `json:"hostId,omitzero"`
	HostResourceGroupArn string `json:"hostResourceGroupArn,omitzero"`
	Tenancy              string `json:"tenancy,omitzero"`
}

// ProductCodeListItem is the shape ProductCodeListItem.
type ProductCodeListItem struct {
	ProductCodeId   string `json:"productCodeId,omitzero"`
	ProductCodeType string `json:"productCodeType,omitzero"`
}

// PutComponentPolicyInput is the shape PutComponentPolicyRequest.
type PutComponentPolicyInput struct {
	ComponentArn string `json:"componentArn,omitzero"`
	Policy       string `json:"policy,omitzero"`
}

// PutComponentPolicyOutput is the shape PutComponentPolicyResponse.
type PutComponentPolicyOutput struct {
	ComponentArn string `json:"componentArn,omitzero"`
	RequestId    string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *PutComponentPolicyOutput) SetRequestID(id string) { o.RequestId = id }

// PutContainerRecipePolicyInput is the shape PutContainerRecipePolicyRequest.
type PutContainerRecipePolicyInput struct {
	ContainerRecipeArn string `json:"containerRecipeArn,omitzero"`
	Policy             string `json:"policy,omitzero"`
}

// PutContainerRecipePolicyOutput is the shape PutContainerRecipePolicyResponse.
type PutContainerRecipePolicyOutput struct {
	ContainerRecipeArn string `json:"containerRecipeArn,omitzero"`
	RequestId          string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *PutContainerRecipePolicyOutput) SetRequestID(id string) { o.RequestId = id }

// PutImagePolicyInput is the shape PutImagePolicyRequest.
type PutImagePolicyInput struct {
	ImageArn string `json:"imageArn,omitzero"`
	Policy   string `json:"policy,omitzero"`
}

// PutImagePolicyOutput is the shape PutImagePolicyResponse.
type PutImagePolicyOutput struct {
	ImageArn  string `json:"imageArn,omitzero"`
	RequestId string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *PutImagePolicyOutput) SetRequestID(id string) { o.RequestId = id }

// PutImageRecipePolicyInput is the shape PutImageRecipePolicyRequest.
type PutImageRecipePolicyInput struct {
	ImageRecipeArn string `json:"imageRecipeArn,omitzero"`
	Policy         string `json:"policy,omitzero"`
}

// PutImageRecipePolicyOutput is the shape PutImageRecipePolicyResponse.
type PutImageRecipePolicyOutput struct {
	ImageRecipeArn string `json:"imageRecipeArn,omitzero"`
	RequestId      string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *PutImageRecipePolicyOutput) SetRequestID(id string) { o.RequestId = id }

// RegisterImageOptions is the shape RegisterImageOptions.
type RegisterImageOptions struct {
	SecureBootEnabled *bool  `json:"secureBootEnabled,omitzero"`
	UefiData          string `json:"uefiData,omitzero"`
}

// Remediation is the shape Remediation.
type Remediation struct {
	Recommendation *RemediationRecommendation `json:"recommendation,omitzero"`
}

// RemediationRecommendation is the shape RemediationRecommendation.
type RemediationRecommendation struct {
	Text string `json:"text,omitzero"`
	Url  string `json:"url,omitzero"`
}

// ResourceState is the shape ResourceState.
type ResourceState struct {
	Status string `json:"status,omitzero"`
}

// ResourceStateUpdateExclusionRules is the shape ResourceStateUpdateExclusionRules.
type ResourceStateUpdateExclusionRules struct {
	Amis *LifecyclePolicyDetailExclusionRulesAmis `json:"amis,omitzero"`
}

// ResourceStateUpdateIncludeResources is the shape ResourceStateUpdateIncludeResources.
type ResourceStateUpdateIncludeResources struct {
	Amis       *bool `json:"amis,omitzero"`
	Containers *bool `json:"containers,omitzero"`
	Snapshots  *bool `json:"snapshots,omitzero"`
}

// RetryImageInput is the shape RetryImageRequest.
type RetryImageInput struct {
	ClientToken          string `json:"clientToken,omitzero"`
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
}

// RetryImageOutput is the shape RetryImageResponse.
type RetryImageOutput struct {
	ClientToken          string `json:"clientToken,omitzero"`
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
}

// S3ExportConfiguration is the shape S3ExportConfiguration.
type S3ExportConfiguration struct {
	DiskImageFormat string `json:"diskImageFormat,omitzero"`
	RoleName        string `json:"roleName,omitzero"`
	S3Bucket        string `json:"s3Bucket,omitzero"`
	S3Prefix        string `json:"s3Prefix,omitzero"`
}

// S3Logs is the shape S3Logs.
type S3Logs struct {
	S3BucketName string `json:"s3BucketName,omitzero"`
	S3KeyPrefix  string `json:"s3KeyPrefix,omitzero"`
}

// Schedule is the shape Schedule.
type Schedule struct {
	AutoDisablePolicy               *AutoDisablePolicy `json:"autoDisablePolicy,omitzero"`
	PipelineExecutionStartCondition string             `json:"pipelineExecutionStartCondition,omitzero"`
	ScheduleExpression              string             `json:"scheduleExpression,omitzero"`
	Timezone                        string             `json:"timezone,omitzero"`
}

// SendWorkflowStepActionInput is the shape SendWorkflowStepActionRequest.
type SendWorkflowStepActionInput struct {
	Action               string `json:"action,omitzero"`
	ClientToken          string `json:"clientToken,omitzero"`
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
	Reason               string `json:"reason,omitzero"`
	StepExecutionId      string `json:"stepExecutionId,omitzero"`
}

// SendWorkflowStepActionOutput is the shape SendWorkflowStepActionResponse.
type SendWorkflowStepActionOutput struct {
	ClientToken          string `json:"clientToken,omitzero"`
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
	StepExecutionId      string `json:"stepExecutionId,omitzero"`
}

// SeverityCounts is the shape SeverityCounts.
type SeverityCounts struct {
	All      *int64 `json:"all,omitzero"`
	Critical *int64 `json:"critical,omitzero"`
	High     *int64 `json:"high,omitzero"`
	Medium   *int64 `json:"medium,omitzero"`
}

// SsmParameterConfiguration is the shape SsmParameterConfiguration.
type SsmParameterConfiguration struct {
	AmiAccountId  string `json:"amiAccountId,omitzero"`
	DataType      string `json:"dataType,omitzero"`
	ParameterName string `json:"parameterName,omitzero"`
}

// StartImagePipelineExecutionInput is the shape StartImagePipelineExecutionRequest.
type StartImagePipelineExecutionInput struct {
	ClientToken      string     `json:"clientToken,omitzero"`
	ImagePipelineArn string     `json:"imagePipelineArn,omitzero"`
	Tags             model.Tags `json:"tags"`
}

// StartImagePipelineExecutionOutput is the shape StartImagePipelineExecutionResponse.
type StartImagePipelineExecutionOutput struct {
	ClientToken          string `json:"clientToken,omitzero"`
	ImageBuildVersionArn string `json:"imageBuildVersionArn,omitzero"`
	RequestId            string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *StartImagePipelineExecutionOutput) SetRequestID(id string) { o.RequestId = id }

// StartResourceStateUpdateInput is the shape StartResourceStateUpdateRequest.
type StartResourceStateUpdateInput struct {
	ClientToken      string                               `json:"clientToken,omitzero"`
	ExclusionRules   *ResourceStateUpdateExclusionRules   `json:"exclusionRules,omitzero"`
	ExecutionRole    string                               `json:"executionRole,omitzero"`
	IncludeResources *ResourceStateUpdateIncludeResources `json:"includeResources,omitzero"`
	ResourceArn      string                               `json:"resourceArn,omitzero"`
	State            *ResourceState                       `json:"state,omitzero"`
	UpdateAt         *model.Timestamp                     `json:"updateAt,omitzero"`
}

// StartResourceStateUpdateOutput is the shape StartResourceStateUpdateResponse.
type StartResourceStateUpdateOutput struct {
	LifecycleExecutionId string `json:"lifecycleExecutionId,omitzero"`
	ResourceArn          string `json:"resourceArn,omitzero"`
}

// SystemsManagerAgent is the shape SystemsManagerAgent.
type SystemsManagerAgent struct {
	UninstallAfterBuild *bool `json:"uninstallAfterBuild,omitzero"`
}

// TagResourceInput is the shape TagResourceRequest.
type TagResourceInput struct {
	ResourceArn string     `json:"resourceArn,omitzero"`
	Tags        model.Tags `json:"tags"`
}

// TagResourceOutput is the shape TagResourceResponse.
type TagResourceOutput struct {
}

// TargetContainerRepository is the shape TargetContainerRepository.
type TargetContainerRepository struct {
	RepositoryName string `json:"repositoryName,omitzero"`
	Service        string `json:"service,omitzero"`
}

// UntagResourceInput is the shape UntagResourceRequest.
type UntagResourceInput struct {
	ResourceArn string   `json:"resourceArn,omitzero"`
	TagKeys     []string `json:"tagKeys,omitzero"`
}

// UntagResourceOutput is the shape UntagResourceResponse.
type UntagResourceOutput struct {
}

// UpdateDistributionConfigurationInput is the shape UpdateDistributionConfigurationRequest.
type UpdateDistributionConfigurationInput struct {
	ClientToken                  string         `json:"clientToken,omitzero"`
	Description                  string         `json:"description,omitzero"`
	DistributionConfigurationArn string         `json:"distributionConfigurationArn,omitzero"`
	Distributions                []Distribution `json:"distributions,omitzero"`
}

// UpdateDistributionConfigurationOutput is the shape UpdateDistributionConfigurationResponse.
type UpdateDistributionConfigurationOutput struct {
	ClientToken                  string `json:"clientToken,omitzero"`
	DistributionConfigurationArn string `json:"distributionConfigurationArn,omitzero"`
	RequestId                    string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *UpdateDistributionConfigurationOutput) SetRequestID(id string) { o.RequestId = id }

// UpdateImagePipelineInput is the shape UpdateImagePipelineRequest.
type UpdateImagePipelineInput struct {
	ClientToken                    string                        `json:"clientToken,omitzero"`
	ContainerRecipeArn             string                        `json:"containerRecipeArn,omitzero"`
	Description                    string                        `json:"description,omitzero"`
	DistributionConfigurationArn   string                        `json:"distributionConfigurationArn,omitzero"`
	EnhancedImageMetadataEnabled   *bool                         `json:"enhancedImageMetadataEnabled,omitzero"`
	ExecutionRole                  string                        `json:"executionRole,omitzero"`
	ImagePipelineArn               string                        `json:"imagePipelineArn,omitzero"`
	ImageRecipeArn                 string                        `json:"imageRecipeArn,omitzero"`
	ImageScanningConfiguration     *ImageScanningConfiguration   `json:"imageScanningConfiguration,omitzero"`
	ImageTags                      model.Tags                    `json:"imageTags,omitzero"`
	ImageTestsConfiguration        *ImageTestsConfiguration      `json:"imageTestsConfiguration,omitzero"`
	InfrastructureConfigurationArn string                        `json:"infrastructureConfigurationArn,omitzero"`
	LoggingConfiguration           *PipelineLoggingConfiguration `json:"loggingConfiguration,omitzero"`
	Schedule                       *Schedule                     `json:"schedule,omitzero"`
	Status                         string                        `json:"status,omitzero"`
	Workflows                      []WorkflowConfiguration       `json:"workflows,omitzero"`
}

// UpdateImagePipelineOutput is the shape UpdateImagePipelineResponse.
type UpdateImagePipelineOutput struct {
	ClientToken      string `json:"clientToken,omitzero"`
	ImagePipelineArn string `json:"imagePipelineArn,omitzero"`
	RequestId        string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *UpdateImagePipelineOutput) SetRequestID(id string) { o.RequestId = id }

// UpdateInfrastructureConfigurationInput is the shape UpdateInfrastructureConfigurationRequest.
type UpdateInfrastructureConfigurationInput struct {
	ClientToken                    string                   `json:"clientToken,omitzero"`
	Description                    string                   `json:"description,omitzero"`
	InfrastructureConfigurationArn string                   `json:"infrastructureConfigurationArn,omitzero"`
	InstanceMetadataOptions        *InstanceMetadataOptions `json:"instanceMetadataOptions,omitzero"`
	InstanceProfileName            string                   `json:"instanceProfileName,omitzero"`
	InstanceTypes                  []string                 `json:"instanceTypes,omitzero"`
	KeyPair                        string                   `json:"keyPair,omitzero"`
	Logging                        *Logging                 `json:"logging,omitzero"`
	Placement                      *Placement               `json:"placement,omitzero"`
	ResourceTags                   map[string]string        `json:"resourceTags,omitzero"`
	SecurityGroupIds               []string                 `json:"securityGroupIds,omitzero"`
	SnsTopicArn                    string                   `json:"snsTopicArn,omitzero"`
	SubnetId                       string                   `json:"subnetId,omitzero"`
	TerminateInstanceOnFailure     *bool                    `json:"terminateInstanceOnFailure,omitzero"`
}

// UpdateInfrastructureConfigurationOutput is the shape UpdateInfrastructureConfigurationResponse.
type UpdateInfrastructureConfigurationOutput struct {
	ClientToken                    string `json:"clientToken,omitzero"`
	InfrastructureConfigurationArn string `json:"infrastructureConfigurationArn,omitzero"`
	RequestId                      string `json:"requestId,omitzero"`
}

// SetRequestID writes the id of the request into the answer.
func (o *UpdateInfrastructureConfigurationOutput) SetRequestID(id string) { o.RequestId = id }

// UpdateLifecyclePolicyInput is the shape UpdateLifecyclePolicyRequest.
type UpdateLifecyclePolicyInput struct {
	ClientToken        string                            `json:"clientToken,omitzero"`
	Description        string                            `json:"description,omitzero"`
	ExecutionRole      string                            `json:"executionRole,omitzero"`
	LifecyclePolicyArn string                            `json:"lifecyclePolicyArn,omitzero"`
	PolicyDetails      []LifecyclePolicyDetail           `json:"policyDetails,omitzero"`
	ResourceSelection  *LifecyclePolicyResourceSelection `json:"resourceSelection,omitzero"`
	ResourceType       string                            `json:"resourceType,omitzero"`
	Status             string                            `json:"status,omitzero"`
}

// UpdateLifecyclePolicyOutput is the shape UpdateLifecyclePolicyResponse.
type UpdateLifecyclePolicyOutput struct {
	LifecyclePolicyArn string `json:"lifecyclePolicyArn,omitzero"`
}

// VulnerabilityIdAggregation is the shape VulnerabilityIdAggregation.
type VulnerabilityIdAggregation struct {
	SeverityCounts  *SeverityCounts `json:"severityCounts,omitzero"`
	VulnerabilityId string          `json:"vulnerabilityId,omitzero"`
}

// VulnerablePackage is the shape VulnerablePackage.
type VulnerablePackage struct {
	Arch            string `json:"arch,omitzero"`
	Epoch           *int   `json:"epoch,omitzero"`
	FilePath        string `json:"filePath,omitzero"`
	FixedInVersion  string `json:"fixedInVersion,omitzero"`
	Name            string `json:"name,omitzero"`
	PackageManager  string `json:"packageManager,omitzero"`
	Release         string `json:"release,omitzero"`
	Remediation     string `json:"remediation,omitzero"`
	SourceLayerHash string `json:"sourceLayerHash,omitzero"`
	Version         string `json:"version,omitzero"`
}

// WindowsConfiguration is the shape WindowsConfiguration.
type WindowsConfiguration struct {
	ImageIndex *int64 `json:"imageIndex,omitzero"`
}

// Workflow is the shape Workflow.
type Workflow struct {
	Arn               string                    `json:"arn,omitzero"`
	ChangeDescription string                    `json:"changeDescription,omitzero"`
	Data              string                    `json:"data,omitzero"`
	DateCreated       string                    `json:"dateCreated,omitzero"`
	Description       string                    `json:"description,omitzero"`
	KmsKeyId          string                    `json:"kmsKeyId,omitzero"`
	Name              string                    `json:"name,omitzero"`
	Owner             string                    `json:"owner,omitzero"`
	Parameters        []WorkflowParameterDetail `json:"parameters,omitzero"`
	State             *WorkflowState            `json:"state,omitzero"`
	Tags              model.Tags                `json:"tags"`
	Type              string                    `json:"type,omitzero"`
	Version           string                    `json:"version,omitzero"`
}

// WorkflowConfiguration is the shape WorkflowConfiguration.
type WorkflowConfiguration struct {
	OnFailure     string              `json:"onFailure,omitzero"`
	ParallelGroup string              `json:"parallelGroup,omitzero"`
	Parameters    []WorkflowParameter `json:"parameters,omitzero"`
	WorkflowArn   string              `json:"workflowArn,omitzero"`
}

// WorkflowExecutionMetadata is the shape WorkflowExecutionMetadata.
type WorkflowExecutionMetadata struct {
	EndTime                 string `json:"endTime,omitzero"`
	Message                 string `json:"message,omitzero"`
	ParallelGroup           string `json:"parallelGroup,omitzero"`
	Retried                 *bool  `json:"retried,omitzero"`
	StartTime               string `json:"startTime,omitzero"`
	Status                  string `json:"status,omitzero"`
	TotalStepCount          *int   `json:"totalStepCount,omitzero"`
	TotalStepsFailed        *int   `json:"totalStepsFailed,omitzero"`
	TotalStepsSkipped       *int   `json:"totalStepsSkipped,omitzero"`
	TotalStepsSucceeded     *int   `json:"totalStepsSucceeded,omitzero"`
	Type                    string `json:"type,omitzero"`
	WorkflowBuildVersionArn string `json:"workflowBuildVersionArn,omitzero"`
	WorkflowExecutionId     string `json:"workflowExecutionId,omitzero"`
}

// WorkflowParameter is the shape WorkflowParameter.
type WorkflowParameter struct {
	Name  string   `json:"name,omitzero"`
	Value []string `json:"value,omitzero"`
}

// WorkflowParameterDetail is the shape WorkflowParameterDetail.
type WorkflowParameterDetail struct {
	DefaultValue []string `json:"defaultValue,omitzero"`
	Description  string   `json:"description,omitzero"`
	Name         string   `json:"name,omitzero"`
	Type         string   `json:"type,omitzero"`
}

// WorkflowState is the shape WorkflowState.
type WorkflowState struct {
	Reason string `json:"reason,omitzero"`
	Status string `json:"status,omitzero"`
}

// WorkflowStepExecution is the shape WorkflowStepExecution.
type WorkflowStepExecution struct {
	Action                  string `json:"action,omitzero"`
	ImageBuildVersionArn    string `json:"imageBuildVersionArn,omitzero"`
	Name                    string `json:"name,omitzero"`
	StartTime               string `json:"startTime,omitzero"`
	StepExecutionId         string `json:"stepExecutionId,omitzero"`
	WorkflowBuildVersionArn string `json:"workflowBuildVersionArn,omitzero"`
	WorkflowExecutionId     string `json:"workflowExecutionId,omitzero"`
}

// WorkflowStepMetadata is the shape WorkflowStepMetadata.
type WorkflowStepMetadata struct {
	Action          string `json:"action,omitzero"`
	Description     string `json:"description,omitzero"`
	EndTime         string `json:"endTime,omitzero"`
	Inputs          string `json:"inputs,omitzero"`
	Message         string `json:"message,omitzero"`
	Name            string `json:"name,omitzero"`
	Outputs         string `json:"outputs,omitzero"`
	RollbackStatus  string `json:"rollbackStatus,omitzero"`
	StartTime       string `json:"startTime,omitzero"`
	Status          string `json:"status,omitzero"`
	StepExecutionId string `json:"stepExecutionId,omitzero"`
}

// WorkflowSummary is the shape WorkflowSummary.
type WorkflowSummary struct {
	Arn               string         `json:"arn,omitzero"`
	ChangeDescription string         `json:"changeDescription,omitzero"`
	DateCreated       string         `json:"dateCreated,omitzero"`
	Description       string         `json:"description,omitzero"`
	Name              string         `json:"name,omitzero"`
	Owner             string         `json:"owner,omitzero"`
	State             *WorkflowState `json:"state,omitzero"`
	Tags              model.Tags     `json:"tags"`
	Type              string         `json:"type,omitzero"`
	Version           string         `json:"version,omitzero"`
}

// WorkflowVersion is the shape WorkflowVersion.
type WorkflowVersion struct {
	Arn         string `json:"arn,omitzero"`
	DateCreated string `json:"dateCreated,omitzero"`
	Description string `json:"description,omitzero"`
	Name        string `json:"name,omitzero"`
	Owner       string `json:"owner,omitzero"`
	Type        string `json:"type,omitzero"`
	Version     string `json:"version,omitzero"`
}
