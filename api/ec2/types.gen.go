// Code generated from ec2.json; DO NOT EDIT.

// Package ec2 has the types, operations and constraints of the service.
package ec2

// AttributeValue is the shape AttributeValue.
type AttributeValue struct {
	Value string `xml:"value"`
}

// BlockDeviceMapping is the shape BlockDeviceMapping.
type BlockDeviceMapping struct {
	DeviceName  string          `xml:"deviceName"`
	Ebs         *EbsBlockDevice `xml:"ebs"`
	NoDevice    string          `xml:"noDevice"`
	VirtualName string          `xml:"virtualName"`
}

// DeleteSnapshotReturnCode is the shape DeleteSnapshotReturnCode.
type DeleteSnapshotReturnCode struct {
	ReturnCode string `xml:"returnCode"`
	SnapshotId string `xml:"snapshotId"`
}

// DeregisterImageInput is the shape DeregisterImageRequest.
type DeregisterImageInput struct {
	DeleteAssociatedSnapshots *bool  `xml:"DeleteAssociatedSnapshots"`
	DryRun                    *bool  `xml:"dryRun"`
	ImageId                   string `xml:"ImageId"`
}

// DeregisterImageOutput is the shape DeregisterImageResult.
type DeregisterImageOutput struct {
	DeleteSnapshotResults []DeleteSnapshotReturnCode `xml:"deleteSnapshotResultSet>item"`
	Return                *bool                      `xml:"return"`
}

// DescribeImageAttributeInput is the shape DescribeImageAttributeRequest.
type DescribeImageAttributeInput struct {
	Attribute string `xml:"Attribute"`
	DryRun    *bool  `xml:"dryRun"`
	ImageId   string `xml:"ImageId"`
}

// DescribeImagesInput is the shape DescribeImagesRequest.
type DescribeImagesInput struct {
	DryRun            *bool    `xml:"dryRun"`
	ExecutableUsers   []string `xml:"ExecutableBy>ExecutableBy"`
	Filters           []Filter `xml:"Filter>Filter"`
	ImageIds          []string `xml:"ImageId>ImageId"`
	IncludeDeprecated *bool    `xml:"IncludeDeprecated"`
	IncludeDisabled   *bool    `xml:"IncludeDisabled"`
	MaxResults        *int     `xml:"MaxResults"`
	NextToken         string   `xml:"NextToken"`
	Owners            []string `xml:"Owner>Owner"`
}

// DescribeImagesOutput is the shape DescribeImagesResult.
type DescribeImagesOutput struct {
	Images    []Image `xml:"imagesSet>item"`
	NextToken string  `xml:"nextToken"`
}

// EbsBlockDevice is the shape EbsBlockDevice.
type EbsBlockDevice struct {
	AvailabilityZone         string `xml:"availabilityZone"`
	AvailabilityZoneId       string `xml:"AvailabilityZoneId"`
	DeleteOnTermination      *bool  `xml:"deleteOnTermination"`
	EbsCardIndex             *int   `xml:"EbsCardIndex"`
	Encrypted                *bool  `xml:"encrypted"`
	Iops                     *int   `xml:"iops"`
	KmsKeyId                 string `xml:"kmsKeyId"`
	OutpostArn               string `xml:"outpostArn"`
	SnapshotId               string `xml:"snapshotId"`
	Throughput               *int   `xml:"throughput"`
	VolumeInitializationRate *int   `xml:"VolumeInitializationRate"`
	VolumeSize               *int   `xml:"volumeSize"`
	VolumeType               string `xml:"volumeType"`
}

// Filter is the shape Filter.
type Filter struct {
	Name   string   `xml:"Name"`
	Values []string `xml:"Value>item"`
}

// Image is the shape Image.
type Image struct {
	Architecture             string               `xml:"architecture"`
	BlockDeviceMappings      []BlockDeviceMapping `xml:"blockDeviceMapping>item"`
	BootMode                 string               `xml:"bootMode"`
	CreationDate             string               `xml:"creationDate"`
	DeprecationTime          string               `xml:"deprecationTime"`
	DeregistrationProtection string               `xml:"deregistrationProtection"`
	Description              string               `xml:"description"`
	EnaSupport               *bool                `xml:"enaSupport"`
	FreeTierEligible         *bool                `xml:"freeTierEligible"`
	Hypervisor               string               `xml:"hypervisor"`
	ImageAllowed             *bool                `xml:"imageAllowed"`
	ImageId                  string               `xml:"imageId"`
	ImageLocation            string               `xml:"imageLocation"`
	ImageOwnerAlias          string               `xml:"imageOwnerAlias"`
	ImageType                string               `xml:"imageType"`
	ImdsSupport              string               `xml:"imdsSupport"`
	KernelId                 string               `xml:"kernelId"`
	LastLaunchedTime         string               `xml:"lastLaunchedTime"`
	Name                     string               `xml:"name"`
	OwnerId                  string               `xml:"imageOwnerId"`
	Platform                 string               `xml:"platform"`
	PlatformDetails          string               `xml:"platformDetails"`
	ProductCodes             []ProductCode        `xml:"productCodes>item"`
	Public                   *bool                `xml:"isPublic"`
	RamdiskId                string               `xml:"ramdiskId"`
	RootDeviceName           string               `xml:"rootDeviceName"`
	RootDeviceType           string               `xml:"rootDeviceType"`
	SourceImageId            string               `xml:"sourceImageId"`
	SourceImageRegion        string               `xml:"sourceImageRegion"`
	SourceInstanceId         string               `xml:"sourceInstanceId"`
	SriovNetSupport          string               `xml:"sriovNetSupport"`
	State                    string               `xml:"imageState"`
	StateReason              *StateReason         `xml:"stateReason"`
	Tags                     []Tag                `xml:"tagSet>item"`
	TpmSupport               string               `xml:"tpmSupport"`
	UsageOperation           string               `xml:"usageOperation"`
	VirtualizationType       string               `xml:"virtualizationType"`
}

// DescribeImageAttributeOutput is the shape ImageAttribute.
type DescribeImageAttributeOutput struct {
	BlockDeviceMappings      []BlockDeviceMapping `xml:"blockDeviceMapping>item"`
	BootMode                 *AttributeValue      `xml:"bootMode"`
	DeregistrationProtection *AttributeValue      `xml:"deregistrationProtection"`
	Description              *AttributeValue      `xml:"description"`
	ImageId                  string               `xml:"imageId"`
	ImdsSupport              *AttributeValue      `xml:"imdsSupport"`
	KernelId                 *AttributeValue      `xml:"kernel"`
	LastLaunchedTime         *AttributeValue      `xml:"lastLaunchedTime"`
	LaunchPermissions        []LaunchPermission   `xml:"launchPermission>item"`
	ProductCodes             []ProductCode        `xml:"productCodes>item"`
	RamdiskId                *AttributeValue      `xml:"ramdisk"`
	SriovNetSupport          *AttributeValue      `xml:"sriovNetSupport"`
	TpmSupport               *AttributeValue      `xml:"tpmSupport"`
	UefiData                 *AttributeValue      `xml:"uefiData"`
}

// LaunchPermission is the shape LaunchPermission.
type LaunchPermission struct {
	Group                 string `xml:"group"`
	OrganizationArn       string `xml:"organizationArn"`
	OrganizationalUnitArn string `xml:"organizationalUnitArn"`
	UserId                string `xml:"userId"`
}

// ProductCode is the shape ProductCode.
type ProductCode struct {
	ProductCodeId   string `xml:"productCode"`
	ProductCodeType string `xml:"type"`
}

// StateReason is the shape StateReason.
type StateReason struct {
	Code    string `xml:"code"`
	Message string `xml:"message"`
}

// Tag is the shape Tag.
type Tag struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}
