// Code generated from organizations.json; DO NOT EDIT.

// Package organizations has the types, operations and constraints of the service.
package organizations

import "ingot/api/model"

// AcceptHandshakeInput is the shape AcceptHandshakeRequest.
type AcceptHandshakeInput struct {
	HandshakeId string `json:"HandshakeId,omitzero"`
}

// AcceptHandshakeOutput is the shape AcceptHandshakeResponse.
type AcceptHandshakeOutput struct {
	Handshake *Handshake `json:"Handshake,omitzero"`
}

// Account is the shape Account.
type Account struct {
	Arn             string           `json:"Arn,omitzero"`
	Email           string           `json:"Email,omitzero"`
	Id              string           `json:"Id,omitzero"`
	JoinedMethod    string           `json:"JoinedMethod,omitzero"`
	JoinedTimestamp *model.Timestamp `json:"JoinedTimestamp,omitzero"`
	Name            string           `json:"Name,omitzero"`
	Paths           []string         `json:"Paths,omitzero"`
	State           string           `json:"State,omitzero"`
	Status          string           `json:"Status,omitzero"`
}

// CancelHandshakeInput is the shape CancelHandshakeRequest.
type CancelHandshakeInput struct {
	HandshakeId string `json:"HandshakeId,omitzero"`
}

// CancelHandshakeOutput is the shape CancelHandshakeResponse.
type CancelHandshakeOutput struct {
	Handshake *Handshake `json:"Handshake,omitzero"`
}

// Child is the shape Child.
type Child struct {
	Id   string `json:"Id,omitzero"`
	Type string `json:"Type,omitzero"`
}

// CloseAccountInput is the shape CloseAccountRequest.
type CloseAccountInput struct {
	AccountId string `json:"AccountId,omitzero"`
}

// CreateAccountInput is the shape CreateAccountRequest.
type CreateAccountInput struct {
	AccountName            string `json:"AccountName,omitzero"`
	Email                  string `json:"Email,omitzero"`
	IamUserAccessToBilling string `json:"IamUserAccessToBilling,omitzero"`
	RoleName               string `json:"RoleName,omitzero"`
	Tags                   []Tag  `json:"Tags,omitzero"`
}

// CreateAccountOutput is the shape CreateAccountResponse.
type CreateAccountOutput struct {
	CreateAccountStatus *CreateAccountStatus `json:"CreateAccountStatus,omitzero"`
}

// CreateAccountStatus is the shape CreateAccountStatus.
type CreateAccountStatus struct {
	AccountId          string           `json:"AccountId,omitzero"`
	AccountName        string           `json:"AccountName,omitzero"`
	CompletedTimestamp *model.Timestamp `json:"CompletedTimestamp,omitzero"`
	FailureReason      string           `json:"FailureReason,omitzero"`
	GovCloudAccountId  string           `json:"GovCloudAccountId,omitzero"`
	Id                 string           `json:"Id,omitzero"`
	RequestedTimestamp *model.Timestamp `json:"RequestedTimestamp,omitzero"`
	State              string           `json:"State,omitzero"`
}

// CreateOrganizationInput is the shape CreateOrganizationRequest.
type CreateOrganizationInput struct {
	FeatureSet string `json:"FeatureSet,omitzero"`
}

// CreateOrganizationOutput is the shape CreateOrganizationResponse.
type CreateOrganizationOutput struct {
	Organization *Organization `json:"Organization,omitzero"`
}

// CreateOrganizationalUnitInput is the shape CreateOrganizationalUnitRequest.
type CreateOrganizationalUnitInput struct {
	Name     string `json:"Name,omitzero"`
	ParentId string `json:"ParentId,omitzero"`
	Tags     []Tag  `json:"Tags,omitzero"`
}

// CreateOrganizationalUnitOutput is the shape CreateOrganizationalUnitResponse.
type CreateOrganizationalUnitOutput struct {
	OrganizationalUnit *OrganizationalUnit `json:"OrganizationalUnit,omitzero"`
}

// DeclineHandshakeInput is the shape DeclineHandshakeRequest.
type DeclineHandshakeInput struct {
	HandshakeId string `json:"HandshakeId,omitzero"`
}

// DeclineHandshakeOutput is the shape DeclineHandshakeResponse.
type DeclineHandshakeOutput struct {
	Handshake *Handshake `json:"Handshake,omitzero"`
}

// DeleteOrganizationalUnitInput is the shape DeleteOrganizationalUnitRequest.
type DeleteOrganizationalUnitInput struct {
	OrganizationalUnitId string `json:"OrganizationalUnitId,omitzero"`
}

// DescribeAccountInput is the shape DescribeAccountRequest.
type DescribeAccountInput struct {
	AccountId string `json:"AccountId,omitzero"`
}

// DescribeAccountOutput is the shape DescribeAccountResponse.
type DescribeAccountOutput struct {
	Account *Account `json:"Account,omitzero"`
}

// DescribeCreateAccountStatusInput is the shape DescribeCreateAccountStatusRequest.
type DescribeCreateAccountStatusInput struct {
	CreateAccountRequestId string `json:"CreateAccountRequestId,omitzero"`
}

// DescribeCreateAccountStatusOutput is the shape DescribeCreateAccountStatusResponse.
type DescribeCreateAccountStatusOutput struct {
	CreateAccountStatus *CreateAccountStatus `json:"CreateAccountStatus,omitzero"`
}

// DescribeHandshakeInput is the shape DescribeHandshakeRequest.
type DescribeHandshakeInput struct {
	HandshakeId string `json:"HandshakeId,omitzero"`
}

// DescribeHandshakeOutput is the shape DescribeHandshakeResponse.
type DescribeHandshakeOutput struct {
	Handshake *Handshake `json:"Handshake,omitzero"`
}

// DescribeOrganizationOutput is the shape DescribeOrganizationResponse.
type DescribeOrganizationOutput struct {
	Organization *Organization `json:"Organization,omitzero"`
}

// DescribeOrganizationalUnitInput is the shape DescribeOrganizationalUnitRequest.
type DescribeOrganizationalUnitInput struct {
	OrganizationalUnitId string `json:"OrganizationalUnitId,omitzero"`
}

// DescribeOrganizationalUnitOutput is the shape DescribeOrganizationalUnitResponse.
type DescribeOrganizationalUnitOutput struct {
	OrganizationalUnit *OrganizationalUnit `json:"OrganizationalUnit,omitzero"`
}

// DisableAWSServiceAccessInput is the shape DisableAWSServiceAccessRequest.
type DisableAWSServiceAccessInput struct {
	ServicePrincipal string `json:"ServicePrincipal,omitzero"`
}

// EnableAWSServiceAccessInput is the shape EnableAWSServiceAccessRequest.
type EnableAWSServiceAccessInput struct {
	ServicePrincipal string `json:"ServicePrincipal,omitzero"`
}

// EnabledServicePrincipal is the shape EnabledServicePrincipal.
type EnabledServicePrincipal struct {
	DateEnabled      *model.Timestamp `json:"DateEnabled,omitzero"`
	ServicePrincipal string           `json:"ServicePrincipal,omitzero"`
}

// Handshake is the shape Handshake.
type Handshake struct {
	Action              string              `json:"Action,omitzero"`
	Arn                 string              `json:"Arn,omitzero"`
	ExpirationTimestamp *model.Timestamp    `json:"ExpirationTimestamp,omitzero"`
	Id                  string              `json:"Id,omitzero"`
	Parties             []HandshakeParty    `json:"Parties,omitzero"`
	RequestedTimestamp  *model.Timestamp    `json:"RequestedTimestamp,omitzero"`
	Resources           []HandshakeResource `json:"Resources,omitzero"`
	State               string              `json:"State,omitzero"`
}

// HandshakeFilter is the shape HandshakeFilter.
type HandshakeFilter struct {
	ActionType        string `json:"ActionType,omitzero"`
	ParentHandshakeId string `json:"ParentHandshakeId,omitzero"`
}

// HandshakeParty is the shape HandshakeParty.
type HandshakeParty struct {
	Id   string `json:"Id,omitzero"`
	Type string `json:"Type,omitzero"`
}

// HandshakeResource is the shape HandshakeResource.
type HandshakeResource struct {
	Resources []HandshakeResource `json:"Resources,omitzero"`
	Type      string              `json:"Type,omitzero"`
	Value     string              `json:"Value,omitzero"`
}

// InviteAccountToOrganizationInput is the shape InviteAccountToOrganizationRequest.
type InviteAccountToOrganizationInput struct {
	Notes  string          `json:"Notes,omitzero"`
	Tags   []Tag           `json:"Tags,omitzero"`
	Target *HandshakeParty `json:"Target,omitzero"`
}

// InviteAccountToOrganizationOutput is the shape InviteAccountToOrganizationResponse.
type InviteAccountToOrganizationOutput struct {
	Handshake *Handshake `json:"Handshake,omitzero"`
}

// ListAWSServiceAccessForOrganizationInput is the shape ListAWSServiceAccessForOrganizationRequest.
type ListAWSServiceAccessForOrganizationInput struct {
	MaxResults *int   `json:"MaxResults,omitzero"`
	NextToken  string `json:"NextToken,omitzero"`
}

// ListAWSServiceAccessForOrganizationOutput is the shape ListAWSServiceAccessForOrganizationResponse.
type ListAWSServiceAccessForOrganizationOutput struct {
	EnabledServicePrincipals []EnabledServicePrincipal `json:"EnabledServicePrincipals,omitzero"`
	NextToken                string                    `json:"NextToken,omitzero"`
}

// ListAccountsForParentInput is the shape ListAccountsForParentRequest.
type ListAccountsForParentInput struct {
	MaxResults *int   `json:"MaxResults,omitzero"`
	NextToken  string `json:"NextToken,omitzero"`
	ParentId   string `json:"ParentId,omitzero"`
}

// ListAccountsForParentOutput is the shape ListAccountsForParentResponse.
type ListAccountsForParentOutput struct {
	Accounts  []Account `json:"Accounts,omitzero"`
	NextToken string    `json:"NextToken,omitzero"`
}

// ListAccountsInput is the shape ListAccountsRequest.
type ListAccountsInput struct {
	MaxResults *int   `json:"MaxResults,omitzero"`
	NextToken  string `json:"NextToken,omitzero"`
}

// ListAccountsOutput is the shape ListAccountsResponse.
type ListAccountsOutput struct {
	Accounts  []Account `json:"Accounts,omitzero"`
	NextToken string    `json:"NextToken,omitzero"`
}

// ListChildrenInput is the shape ListChildrenRequest.
type ListChildrenInput struct {
	ChildType  string `json:"ChildType,omitzero"`
	MaxResults *int   `json:"MaxResults,omitzero"`
	NextToken  string `json:"NextToken,omitzero"`
	ParentId   string `json:"ParentId,omitzero"`
}

// ListChildrenOutput is the shape ListChildrenResponse.
type ListChildrenOutput struct {
	Children  []Child `json:"Children,omitzero"`
	NextToken string  `json:"NextToken,omitzero"`
}

// ListHandshakesForAccountInput is the shape ListHandshakesForAccountRequest.
type ListHandshakesForAccountInput struct {
	Filter     *HandshakeFilter `json:"Filter,omitzero"`
	MaxResults *int             `json:"MaxResults,omitzero"`
	NextToken  string           `json:"NextToken,omitzero"`
}

// ListHandshakesForAccountOutput is the shape ListHandshakesForAccountResponse.
type ListHandshakesForAccountOutput struct {
	Handshakes []Handshake `json:"Handshakes,omitzero"`
	NextToken  string      `json:"NextToken,omitzero"`
}

// ListHandshakesForOrganizationInput is the shape ListHandshakesForOrganizationRequest.
type ListHandshakesForOrganizationInput struct {
	Filter     *HandshakeFilter `json:"Filter,omitzero"`
	MaxResults *int             `json:"MaxResults,omitzero"`
	NextToken  string           `json:"NextToken,omitzero"`
}

// ListHandshakesForOrganizationOutput is the shape ListHandshakesForOrganizationResponse.
type ListHandshakesForOrganizationOutput struct {
	Handshakes []Handshake `json:"Handshakes,omitzero"`
	NextToken  string      `json:"NextToken,omitzero"`
}

// ListOrganizationalUnitsForParentInput is the shape ListOrganizationalUnitsForParentRequest.
type ListOrganizationalUnitsForParentInput struct {
	MaxResults *int   `json:"MaxResults,omitzero"`
	NextToken  string `json:"NextToken,omitzero"`
	ParentId   string `json:"ParentId,omitzero"`
}

// ListOrganizationalUnitsForParentOutput is the shape ListOrganizationalUnitsForParentResponse.
type ListOrganizationalUnitsForParentOutput struct {
	NextToken           string               `json:"NextToken,omitzero"`
	OrganizationalUnits []OrganizationalUnit `json:"OrganizationalUnits,omitzero"`
}

// ListParentsInput is the shape ListParentsRequest.
type ListParentsInput struct {
	ChildId    string `json:"ChildId,omitzero"`
	MaxResults *int   `json:"MaxResults,omitzero"`
	NextToken  string `json:"NextToken,omitzero"`
}

// ListParentsOutput is the shape ListParentsResponse.
type ListParentsOutput struct {
	NextToken string   `json:"NextToken,omitzero"`
	Parents   []Parent `json:"Parents,omitzero"`
}

// ListRootsInput is the shape ListRootsRequest.
type ListRootsInput struct {
	MaxResults *int   `json:"MaxResults,omitzero"`
	NextToken  string `json:"NextToken,omitzero"`
}

// ListRootsOutput is the shape ListRootsResponse.
type ListRootsOutput struct {
	NextToken string `json:"NextToken,omitzero"`
	Roots     []Root `json:"Roots,omitzero"`
}

// ListTagsForResourceInput is the shape ListTagsForResourceRequest.
type ListTagsForResourceInput struct {
	NextToken  string `json:"NextToken,omitzero"`
	ResourceId string `json:"ResourceId,omitzero"`
}

// ListTagsForResourceOutput is the shape ListTagsForResourceResponse.
type ListTagsForResourceOutput struct {
	NextToken string `json:"NextToken,omitzero"`
	Tags      []Tag  `json:"Tags,omitzero"`
}

// MoveAccountInput is the shape MoveAccountRequest.
type MoveAccountInput struct {
	AccountId           string `json:"AccountId,omitzero"`
	DestinationParentId string `json:"DestinationParentId,omitzero"`
	SourceParentId      string `json:"SourceParentId,omitzero"`
}

// Organization is the shape Organization.
type Organization struct {
	Arn                  string              `json:"Arn,omitzero"`
	AvailablePolicyTypes []PolicyTypeSummary `json:"AvailablePolicyTypes,omitzero"`
	FeatureSet           string              `json:"FeatureSet,omitzero"`
	Id                   string              `json:"Id,omitzero"`
	MasterAccountArn     string              `json:"MasterAccountArn,omitzero"`
	MasterAccountEmail   string              `json:"MasterAccountEmail,omitzero"`
	MasterAccountId      string              `json:"MasterAccountId,omitzero"`
}

// OrganizationalUnit is the shape OrganizationalUnit.
type OrganizationalUnit struct {
	Arn  string `json:"Arn,omitzero"`
	Id   string `json:"Id,omitzero"`
	Name string `json:"Name,omitzero"`
	Path string `json:"Path,omitzero"`
}

// Parent is the shape Parent.
type Parent struct {
	Id   string `json:"Id,omitzero"`
	Type string `json:"Type,omitzero"`
}

// PolicyTypeSummary is the shape PolicyTypeSummary.
type PolicyTypeSummary struct {
	Status string `json:"Status,omitzero"`
	Type   string `json:"Type,omitzero"`
}

// RemoveAccountFromOrganizationInput is the shape RemoveAccountFromOrganizationRequest.
type RemoveAccountFromOrganizationInput struct {
	AccountId string `json:"AccountId,omitzero"`
}

// Root is the shape Root.
type Root struct {
	Arn         string              `json:"Arn,omitzero"`
	Id          string              `json:"Id,omitzero"`
	Name        string              `json:"Name,omitzero"`
	PolicyTypes []PolicyTypeSummary `json:"PolicyTypes,omitzero"`
}

// Tag is the shape Tag.
type Tag struct {
	Key   string `json:"Key,omitzero"`
	Value string `json:"Value,omitzero"`
}

// TagResourceInput is the shape TagResourceRequest.
type TagResourceInput struct {
	ResourceId string `json:"ResourceId,omitzero"`
	Tags       []Tag  `json:"Tags,omitzero"`
}

// UntagResourceInput is the shape UntagResourceRequest.
type UntagResourceInput struct {
	ResourceId string   `json:"ResourceId,omitzero"`
	TagKeys    []string `json:"TagKeys,omitzero"`
}

// UpdateOrganizationalUnitInput is the shape UpdateOrganizationalUnitRequest.
type UpdateOrganizationalUnitInput struct {
	Name                 string `json:"Name,omitzero"`
	OrganizationalUnitId string `json:"OrganizationalUnitId,omitzero"`
}

// UpdateOrganizationalUnitOutput is the shape UpdateOrganizationalUnitResponse.
type UpdateOrganizationalUnitOutput struct {
	OrganizationalUnit *OrganizationalUnit `json:"OrganizationalUnit,omitzero"`
}

// CloseAccountOutput is empty: CloseAccount answers that it is done.
type CloseAccountOutput struct{}

// DeleteOrganizationInput is empty: DeleteOrganization takes nothing.
type DeleteOrganizationInput struct{}

// DeleteOrganizationOutput is empty: DeleteOrganization answers that it is done.
type DeleteOrganizationOutput struct{}

// DeleteOrganizationalUnitOutput is empty: DeleteOrganizationalUnit answers that it is done.
type DeleteOrganizationalUnitOutput struct{}

// DescribeOrganizationInput is empty: DescribeOrganization takes nothing.
type DescribeOrganizationInput struct{}

// DisableAWSServiceAccessOutput is empty: DisableAWSServiceAccess answers that it is done.
type DisableAWSServiceAccessOutput struct{}

// EnableAWSServiceAccessOutput is empty: EnableAWSServiceAccess answers that it is done.
type EnableAWSServiceAccessOutput struct{}

// LeaveOrganizationInput is empty: LeaveOrganization takes nothing.
type LeaveOrganizationInput struct{}

// LeaveOrganizationOutput is empty: LeaveOrganization answers that it is done.
type LeaveOrganizationOutput struct{}

// MoveAccountOutput is empty: MoveAccount answers that it is done.
type MoveAccountOutput struct{}

// RemoveAccountFromOrganizationOutput is empty: RemoveAccountFromOrganization answers that it is done.
type RemoveAccountFromOrganizationOutput struct{}

// TagResourceOutput is empty: TagResource answers that it is done.
type TagResourceOutput struct{}

// UntagResourceOutput is empty: UntagResource answers that it is done.
type UntagResourceOutput struct{}
