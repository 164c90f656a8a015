package protocol

// Handed are the variables by which the host passes its access to the network on to the
// machine: proxies in upper and lower case, the package manager's settings, and the
// certificates of private authorities. The host puts them into the agent's environment,
// and the agent passes them on to what it runs.
var Handed = []string{
	"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy",
	"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY",
	"APT_CONFIG", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO",
	"NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE",
}
