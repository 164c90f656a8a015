// Code generated from organizations.json; DO NOT EDIT.

package organizations

import "ingot/api/model"

// Shapes are the types of all inputs with their constraints.
var Shapes = map[string]model.Shape{
	"AcceptHandshakeRequest": {Kind: "structure", Members: []model.Member{
		{Name: "HandshakeId", Shape: "HandshakeId", Required: true}}},
	"AccountId":  {Kind: "string", Max: bound(12), Pattern: "^\\d{12}$"},
	"ActionType": {Kind: "string", Enum: []string{"INVITE", "ENABLE_ALL_FEATURES", "APPROVE_ALL_FEATURES", "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE", "TRANSFER_RESPONSIBILITY"}},
	"CancelHandshakeRequest": {Kind: "structure", Members: []model.Member{
		{Name: "HandshakeId", Shape: "HandshakeId", Required: true}}},
	"ChildId":   {Kind: "string", Max: bound(100), Pattern: "^(\\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$"},
	"ChildType": {Kind: "string", Enum: []string{"ACCOUNT", "ORGANIZATIONAL_UNIT"}},
	"CloseAccountRequest": {Kind: "structure", Members: []model.Member{
		{Name: "AccountId", Shape: "AccountId", Required: true}}},
	"CreateAccountName": {Kind: "string", Min: bound(1), Max: bound(50), Pattern: "[\\u0020-\\u007E]+", RE2: "[\\x{0020}-\\x{007E}]+"},
	"CreateAccountRequest": {Kind: "structure", Members: []model.Member{
		{Name: "AccountName", Shape: "CreateAccountName", Required: true},
		{Name: "Email", Shape: "Email", Required: true},
		{Name: "IamUserAccessToBilling", Shape: "IAMUserAccessToBilling"},
		{Name: "RoleName", Shape: "RoleName"},
		{Name: "Tags", Shape: "Tags"}}},
	"CreateAccountRequestId": {Kind: "string", Max: bound(36), Pattern: "^car-[a-z0-9]{8,32}$"},
	"CreateOrganizationRequest": {Kind: "structure", Members: []model.Member{
		{Name: "FeatureSet", Shape: "OrganizationFeatureSet"}}},
	"CreateOrganizationalUnitRequest": {Kind: "structure", Members: []model.Member{
		{Name: "Name", Shape: "OrganizationalUnitName", Required: true},
		{Name: "ParentId", Shape: "ParentId", Required: true},
		{Name: "Tags", Shape: "Tags"}}},
	"DeclineHandshakeRequest": {Kind: "structure", Members: []model.Member{
		{Name: "HandshakeId", Shape: "HandshakeId", Required: true}}},
	"DeleteOrganizationalUnitRequest": {Kind: "structure", Members: []model.Member{
		{Name: "OrganizationalUnitId", Shape: "OrganizationalUnitId", Required: true}}},
	"DescribeAccountRequest": {Kind: "structure", Members: []model.Member{
		{Name: "AccountId", Shape: "AccountId", Required: true}}},
	"DescribeCreateAccountStatusRequest": {Kind: "structure", Members: []model.Member{
		{Name: "CreateAccountRequestId", Shape: "CreateAccountRequestId", Required: true}}},
	"DescribeHandshakeRequest": {Kind: "structure", Members: []model.Member{
		{Name: "HandshakeId", Shape: "HandshakeId", Required: true}}},
	"DescribeOrganizationalUnitRequest": {Kind: "structure", Members: []model.Member{
		{Name: "OrganizationalUnitId", Shape: "OrganizationalUnitId", Required: true}}},
	"DisableAWSServiceAccessRequest": {Kind: "structure", Members: []model.Member{
		{Name: "ServicePrincipal", Shape: "ServicePrincipal", Required: true}}},
	"Email": {Kind: "string", Min: bound(6), Max: bound(64), Pattern: "[^\\s@]+@[^\\s@]+\\.[^\\s@]+"},
	"EnableAWSServiceAccessRequest": {Kind: "structure", Members: []model.Member{
		{Name: "ServicePrincipal", Shape: "ServicePrincipal", Required: true}}},
	"HandshakeFilter": {Kind: "structure", Members: []model.Member{
		{Name: "ActionType", Shape: "ActionType"},
		{Name: "ParentHandshakeId", Shape: "HandshakeId"}}},
	"HandshakeId":    {Kind: "string", Max: bound(34), Pattern: "^h-[0-9a-z]{8,32}$"},
	"HandshakeNotes": {Kind: "string", Max: bound(1024), Pattern: "[\\s\\S]*"},
	"HandshakeParty": {Kind: "structure", Members: []model.Member{
		{Name: "Id", Shape: "HandshakePartyId", Required: true},
		{Name: "Type", Shape: "HandshakePartyType", Required: true}}},
	"HandshakePartyId":       {Kind: "string", Min: bound(1), Max: bound(64), Pattern: "[\\s\\S]*"},
	"HandshakePartyType":     {Kind: "string", Enum: []string{"ACCOUNT", "ORGANIZATION", "EMAIL"}},
	"IAMUserAccessToBilling": {Kind: "string", Enum: []string{"ALLOW", "DENY"}},
	"InviteAccountToOrganizationRequest": {Kind: "structure", Members: []model.Member{
		{Name: "Notes", Shape: "HandshakeNotes"},
		{Name: "Tags", Shape: "Tags"},
		{Name: "Target", Shape: "HandshakeParty", Required: true}}},
	"ListAWSServiceAccessForOrganizationRequest": {Kind: "structure", Members: []model.Member{
		{Name: "MaxResults", Shape: "MaxResults"},
		{Name: "NextToken", Shape: "NextToken"}}},
	"ListAccountsForParentRequest": {Kind: "structure", Members: []model.Member{
		{Name: "MaxResults", Shape: "MaxResults"},
		{Name: "NextToken", Shape: "NextToken"},
		{Name: "ParentId", Shape: "ParentId", Required: true}}},
	"ListAccountsRequest": {Kind: "structure", Members: []model.Member{
		{Name: "MaxResults", Shape: "MaxResults"},
		{Name: "NextToken", Shape: "NextToken"}}},
	"ListChildrenRequest": {Kind: "structure", Members: []model.Member{
		{Name: "ChildType", Shape: "ChildType", Required: true},
		{Name: "MaxResults", Shape: "MaxResults"},
		{Name: "NextToken", Shape: "NextToken"},
		{Name: "ParentId", Shape: "ParentId", Required: true}}},
	"ListHandshakesForAccountRequest": {Kind: "structure", Members: []model.Member{
		{Name: "Filter", Shape: "HandshakeFilter"},
		{Name: "MaxResults", Shape: "MaxResults"},
		{Name: "NextToken", Shape: "NextToken"}}},
	"ListHandshakesForOrganizationRequest": {Kind: "structure", Members: []model.Member{
		{Name: "Filter", Shape: "HandshakeFilter"},
		{Name: "MaxResults", Shape: "MaxResults"},
		{Name: "NextToken", Shape: "NextToken"}}},
	"ListOrganizationalUnitsForParentRequest": {Kind: "structure", Members: []model.Member{
		{Name: "MaxResults", Shape: "MaxResults"},
		{Name: "NextToken", Shape: "NextToken"},
		{Name: "ParentId", Shape: "ParentId", Required: true}}},
	"ListParentsRequest": {Kind: "structure", Members: []model.Member{
		{Name: "ChildId", Shape: "ChildId", Required: true},
		{Name: "MaxResults", Shape: "MaxResults"},
		{Name: "NextToken", Shape: "NextToken"}}},
	"ListRootsRequest": {Kind: "structure", Members: []model.Member{
		{Name: "MaxResults", Shape: "MaxResults"},
		{Name: "NextToken", Shape: "NextToken"}}},
	"ListTagsForResourceRequest": {Kind: "structure", Members: []model.Member{
		{Name: "NextToken", Shape: "NextToken"},
		{Name: "ResourceId", Shape: "TaggableResourceId", Required: true}}},
	"MaxResults": {Kind: "integer", Min: bound(1), Max: bound(20)},
	"MoveAccountRequest": {Kind: "structure", Members: []model.Member{
		{Name: "AccountId", Shape: "AccountId", Required: true},
		{Name: "DestinationParentId", Shape: "ParentId", Required: true},
		{Name: "SourceParentId", Shape: "ParentId", Required: true}}},
	"NextToken":              {Kind: "string", Max: bound(100000), Pattern: "[\\s\\S]*"},
	"OrganizationFeatureSet": {Kind: "string", Enum: []string{"ALL", "CONSOLIDATED_BILLING"}},
	"OrganizationalUnitId":   {Kind: "string", Max: bound(68), Pattern: "^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$"},
	"OrganizationalUnitName": {Kind: "string", Min: bound(1), Max: bound(128), Pattern: "[\\s\\S]*"},
	"ParentId":               {Kind: "string", Max: bound(100), Pattern: "^(r-[0-9a-z]{4,32})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$"},
	"RemoveAccountFromOrganizationRequest": {Kind: "structure", Members: []model.Member{
		{Name: "AccountId", Shape: "AccountId", Required: true}}},
	"RoleName":         {Kind: "string", Max: bound(64), Pattern: "[\\w+=,.@-]{1,64}"},
	"ServicePrincipal": {Kind: "string", Min: bound(1), Max: bound(128), Pattern: "[\\w+=,.@-]*"},
	"Tag": {Kind: "structure", Members: []model.Member{
		{Name: "Key", Shape: "TagKey", Required: true},
		{Name: "Value", Shape: "TagValue", Required: true}}},
	"TagKey":  {Kind: "string", Min: bound(1), Max: bound(128), Pattern: "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$"},
	"TagKeys": {Kind: "list", Elem: "TagKey"},
	"TagResourceRequest": {Kind: "structure", Members: []model.Member{
		{Name: "ResourceId", Shape: "TaggableResourceId", Required: true},
		{Name: "Tags", Shape: "Tags", Required: true}}},
	"TagValue":           {Kind: "string", Min: bound(0), Max: bound(256), Pattern: "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$"},
	"TaggableResourceId": {Kind: "string", Max: bound(130), Pattern: "^(r-[0-9a-z]{4,32})|(\\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})|(^p-[0-9a-zA-Z_]{8,128})|(^rp-[0-9a-zA-Z_]{4,128})|(^rt-[0-9a-zA-Z_]{8,32})$"},
	"Tags":               {Kind: "list", Elem: "Tag"},
	"UntagResourceRequest": {Kind: "structure", Members: []model.Member{
		{Name: "ResourceId", Shape: "TaggableResourceId", Required: true},
		{Name: "TagKeys", Shape: "TagKeys", Required: true}}},
	"UpdateOrganizationalUnitRequest": {Kind: "structure", Members: []model.Member{
		{Name: "Name", Shape: "OrganizationalUnitName"},
		{Name: "OrganizationalUnitId", Shape: "OrganizationalUnitId", Required: true}}},
}

func bound(n int64) *int64 { return &n }

var _ = bound
