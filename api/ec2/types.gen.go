// Code generated from ec2.json; DO NOT EDIT.

// Package ec2 has the types, operations and constraints of the service.
package ec2

// AttributeValue is the shape AttributeValue.
type AttributeValue struct {
	Value string `query:"Value" xml:"value"`
}

// BlockDeviceMapping is the shape BlockDeviceMapping.
type BlockDeviceMapping struct {
	DeviceName  string          `query:"DeviceName" xml:"deviceName"`
	Ebs         *EbsBlockDevice `query:"Ebs" xml:"ebs"`
	NoDevice    string          `query:"NoDevice" xml:"noDevice"`
	VirtualName string          `query:"VirtualName" xml:"virtualName"`
}

// DeleteSnapshotReturnCode is the shape DeleteSnapshotReturnCode.
type DeleteSnapshotReturnCode struct {
	ReturnCode string `query:"ReturnCode" xml:"returnCode"`
	SnapshotId string `query:"SnapshotId" xml:"snapshotId"`
}

// DeregisterImageInput is the shape DeregisterImageRequest.
type DeregisterImageInput struct {
	DeleteAssociatedSnapshots *bool  `query:"DeleteAssociatedSnapshots" xml:"DeleteAssociatedSnapshots"`
	DryRun                    *bool  `query:"DryRun" xml:"dryRun"`
	ImageId                   string `query:"ImageId" xml:"ImageId"`
}

// DeregisterImageOutput is the shape DeregisterImageResult.
type DeregisterImageOutput struct {
	DeleteSnapshotResults []DeleteSnapshotReturnCode `query:"DeleteSnapshotResultSet" xml:"deleteSnapshotResultSet>item"`
	Return                *bool                      `query:"Return" xml:"return"`
}

// DescribeImageAttributeInput is the shape DescribeImageAttributeRequest.
type DescribeImageAttributeInput struct {
	Attribute string `query:"Attribute" xml:"Attribute"`
	DryRun    *bool  `query:"DryRun" xml:"dryRun"`
	ImageId   string `query:"ImageId" xml:"ImageId"`
}

// DescribeImagesInput is the shape DescribeImagesRequest.
type DescribeImagesInput struct {
	DryRun            *bool    `query:"DryRun" xml:"dryRun"`
	ExecutableUsers   []string `query:"ExecutableBy" xml:"ExecutableBy>ExecutableBy"`
	Filters           []Filter `query:"Filter" xml:"Filter>Filter"`
	ImageIds          []string `query:"ImageId" xml:"ImageId>ImageId"`
	IncludeDeprecated *bool    `query:"IncludeDeprecated" xml:"IncludeDeprecated"`
	IncludeDisabled   *bool    `query:"IncludeDisabled" xml:"IncludeDisabled"`
	MaxResults        *int     `query:"MaxResults" xml:"MaxResults"`
	NextToken         string   `query:"NextToken" xml:"NextToken"`
	Owners            []string `query:"Owner" xml:"Owner>Owner"`
}

// DescribeImagesOutput is the shape DescribeImagesResult.
type DescribeImagesOutput struct {
	Images    []Image `query:"ImagesSet" xml:"imagesSet>item"`
	NextToken string  `query:"NextToken" xml:"nextToken"`
}

// EbsBlockDevice is the shape EbsBlockDevice.
type EbsBlockDevice struct {
	AvailabilityZone         string `query:"AvailabilityZone" xml:"availabilityZone"`
	AvailabilityZoneId       string `query:"AvailabilityZoneId" xml:"AvailabilityZoneId"`
	DeleteOnTermination      *bool  `query:"DeleteOnTermination" xml:"deleteOnTermination"`
	EbsCardIndex             *int   `query:"EbsCardIndex" xml:"EbsCardIndex"`
	Encrypted                *bool  `query:"Encrypted" xml:"encrypted"`
	Iops                     *int   `query:"Iops" xml:"iops"`
	KmsKeyId                 string `query:"KmsKeyId" xml:"kmsKeyId"`
	OutpostArn               string `query:"OutpostArn" xml:"outpostArn"`
	SnapshotId               string `query:"SnapshotId" xml:"snapshotId"`
	Throughput               *int   `query:"Throughput" xml:"throughput"`
	VolumeInitializationRate *int   `query:"VolumeInitializationRate" xml:"VolumeInitializationRate"`
	VolumeSize               *int   `query:"VolumeSize" xml:"volumeSize"`
	VolumeType               string `query:"VolumeType" xml:"volumeType"`
}

// Filter is the shape Filter.
type Filter struct {
	Name   string   `query:"Name" xml:"Name"`
	Values []string `query:"Value" xml:"Value>item"`
}

// Image is the shape Image.
type Image struct {
	Architecture             string               `query:"Architecture" xml:"architecture"`
	BlockDeviceMappings      []BlockDeviceMapping `query:"BlockDeviceMapping" xml:"blockDeviceMapping>item"`
	BootMode                 string               `query:"BootMode" xml:"bootMode"`
	CreationDate             string               `query:"CreationDate" xml:"creationDate"`
	DeprecationTime          string               `query:"DeprecationTime" xml:"deprecationTime"`
	DeregistrationProtection string               `query:"DeregistrationProtection" xml:"deregistrationProtection"`
	Description              string               `query:"Description" xml:"description"`
	EnaSupport               *bool                `query:"EnaSupport" xml:"enaSupport"`
	FreeTierEligible         *bool                `query:"FreeTierEligible" xml:"freeTierEligible"`
	Hypervisor               string               `query:"Hypervisor" xml:"hypervisor"`
	ImageAllowed             *bool                `query:"ImageAllowed" xml:"imageAllowed"`
	ImageId                  string               `query:"ImageId" xml:"imageId"`
	ImageLocation            string               `query:"ImageLocation" xml:"imageLocation"`
	ImageOwnerAlias          string               `query:"ImageOwnerAlias" xml:"imageOwnerAlias"`
	ImageType                string               `query:"ImageType" xml:"imageType"`
	ImdsSupport              string               `query:"ImdsSupport" xml:"imdsSupport"`
	KernelId                 string               `query:"KernelId" xml:"kernelId"`
	LastLaunchedTime         string               `query:"LastLaunchedTime" xml:"lastLaunchedTime"`
	Name                     string               `query:"Name" xml:"name"`
	OwnerId                  string               `query:"ImageOwnerId" xml:"imageOwnerId"`
	Platform                 string               `query:"Platform" xml:"platform"`
	PlatformDetails          string               `query:"PlatformDetails" xml:"platformDetails"`
	ProductCodes             []ProductCode        `query:"ProductCodes" xml:"productCodes>item"`
	Public                   *bool                `query:"IsPublic" xml:"isPublic"`
	RamdiskId                string               `query:"RamdiskId" xml:"ramdiskId"`
	RootDeviceName           string               `query:"RootDeviceName" xml:"rootDeviceName"`
	RootDeviceType           string               `query:"RootDeviceType" xml:"rootDeviceType"`
	SourceImageId            string               `query:"SourceImageId" xml:"sourceImageId"`
	SourceImageRegion        string               `query:"SourceImageRegion" xml:"sourceImageRegion"`
	SourceInstanceId         string               `query:"SourceInstanceId" xml:"sourceInstanceId"`
	SriovNetSupport          string               `query:"SriovNetSupport" xml:"sriovNetSupport"`
	State                    string               `query:"ImageState" xml:"imageState"`
	StateReason              *StateReason         `query:"StateReason" xml:"stateReason"`
	Tags                     []Tag                `query:"TagSet" xml:"tagSet>item"`
	TpmSupport               string               `query:"TpmSupport" xml:"tpmSupport"`
	UsageOperation           string               `query:"UsageOperation" xml:"usageOperation"`
	VirtualizationType       string               `query:"VirtualizationType" xml:"virtualizationType"`
}

// DescribeImageAttributeOutput is the shape ImageAttribute.
type DescribeImageAttributeOutput struct {
	BlockDeviceMappings      []BlockDeviceMapping `query:"BlockDeviceMapping" xml:"blockDeviceMapping>item"`
	BootMode                 *AttributeValue      `query:"BootMode" xml:"bootMode"`
	DeregistrationProtection *AttributeValue      `query:"DeregistrationProtection" xml:"deregistrationProtection"`
	Description              *AttributeValue      `query:"Description" xml:"description"`
	ImageId                  string               `query:"ImageId" xml:"imageId"`
	ImdsSupport              *AttributeValue      `query:"ImdsSupport" xml:"imdsSupport"`
	KernelId                 *AttributeValue      `query:"Kernel" xml:"kernel"`
	LastLaunchedTime         *AttributeValue      `query:"LastLaunchedTime" xml:"lastLaunchedTime"`
	LaunchPermissions        []LaunchPermission   `query:"LaunchPermission" xml:"launchPermission>item"`
	ProductCodes             []ProductCode        `query:"ProductCodes" xml:"productCodes>item"`
	RamdiskId                *AttributeValue      `query:"Ramdisk" xml:"ramdisk"`
	SriovNetSupport          *AttributeValue      `query:"SriovNetSupport" xml:"sriovNetSupport"`
	TpmSupport               *AttributeValue      `query:"TpmSupport" xml:"tpmSupport"`
	UefiData                 *AttributeValue      `query:"UefiData" xml:"uefiData"`
}

// LaunchPermission is the shape LaunchPermission.
type LaunchPermission struct {
	Group                 string `query:"Group" xml:"group"`
	OrganizationArn       string `query:"OrganizationArn" xml:"organizationArn"`
	OrganizationalUnitArn string `query:"OrganizationalUnitArn" xml:"organizationalUnitArn"`
	UserId                string `query:"UserId" xml:"userId"`
}

// ProductCode is the shape ProductCode.
type ProductCode struct {
	ProductCodeId   string `query:"ProductCode" xml:"productCode"`
	ProductCodeType string `query:"Type" xml:"type"`
}

// StateReason is the shape StateReason.
type StateReason struct {
	Code    string `query:"Code" xml:"code"`
	Message string `query:"Message" xml:"message"`
}

// Tag is the shape Tag.
type Tag struct {
	Key   string `query:"Key" xml:"key"`
	Value string `query:"Value" xml:"value"`
}
