/*
 * hostile_shapes.h - datagrams made to cost more than they should: a start,
 * pieces as far as a size goes, an end. For bench_hostile.c alone.
 */
#ifndef SIPMOVED_TESTS_HOSTILE_SHAPES_H
#define SIPMOVED_TESTS_HOSTILE_SHAPES_H

#include "sip/sip_request.h"

enum {
	DATAGRAM_MAX = 65507,
};

#define LINE	"INVITE sip:alice@example.com SIP/2.0\r\n"
#define VIA	"Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK########\r\n"
#define OLD_VIA "Via: SIP/2.0/UDP 192.0.2.1:5062;x=########\r\n"
#define FROM	"From: \"Caller\" <sip:caller@192.0.2.1>;tag=########\r\n"
#define TO	"To: <sip:alice@example.com>\r\n"
#define CALL_ID "Call-ID: ########-1@192.0.2.1\r\n"
#define CSEQ	"CSeq: 1 INVITE\r\n"
#define USUAL	VIA FROM TO CALL_ID CSEQ
#define END	"\r\n\r\n"
/* Of a domain that has all its settings on. */
#define MANY	"INVITE sip:many@all.example.com SIP/2.0\r\n"
#define HISTORY "Supported: histinfo\r\n"
/* Sixteen names that begin alike, up to their last letters. */
#define P58 "12345678901234567890123456789012345678901234567890123456"
#define P8(x)                                                        \
	P58 x "a;" P58 x "b;" P58 x "c;" P58 x "d;" P58 x "e;" P58 x \
	      "f;" P58 x "g;" P58 x "h"
/* As many as there may be. */
#define TAGS32                                     \
	"atag,btag,ctag,dtag,etag,ftag,gtag,htag," \
	"itag,jtag,ktag,ltag,mtag,ntag,otag,ptag," \
	"qtag,rtag,stag,ttag,utag,vtag,wtag,xtag," \
	"ytag,ztag,0tag,1tag,2tag,3tag,4tag,5tag"
/* Of a user that there is not; the answer is wrong. */
#define DIGEST(more)                                                      \
	"Authorization: Digest realm=\"digest.example.com\",uri="         \
	"\"sip:a@digest.example.com\",algorithm=SHA-512-256,qop=auth,nc=" \
	"00000001,"                                                       \
	"response="                                                       \
	"\"00000000000000000000000000000000000000000000000000000000000"   \
	"00000\"" more
#define DIGEST_LINE "INVITE sip:a@digest.example.com SIP/2.0\r\n"
#define NUL	    "\x1a" /* stands for one: no string has it in it */

/* start, pieces up to size, end. "########" becomes another number each time:
 * each is a call of its own. */
struct shape {
	const char *name;
	const char *start, *piece, *end;
	size_t size;
};

#define HEAD  SIP_HEAD_MAX
#define WHOLE DATAGRAM_MAX

static const struct shape normal = {
	"normal INVITE",
	LINE USUAL "Max-Forwards: 70\r\n"
		   "Contact: <sip:caller@192.0.2.1:5062>\r\n"
		   "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n"
		   "Supported: replaces, timer\r\nUser-Agent: phone\r\n"
		   "Content-Type: application/sdp\r\n\r\n",
	"a=rtpmap:0 PCMU/8000\r\n", "", 800
};

static const struct shape shapes[] = {
	{ "body of 64 KiB", LINE USUAL "\r\n", "x", "", WHOLE },
	{ "64 KiB of blanks", "", " ", "", WHOLE },
	{ "64 KiB of CRLF", "", "\r\n", "", WHOLE },
	{ "64 KiB of NUL", "", "\0", "", WHOLE },
	{ "64 KiB of A", "", "A", "", WHOLE },
	{ "64 KiB of lines", "", "A\r\n", "", WHOLE },
	{ "64 KiB of header lines", LINE USUAL, "X: y\r\n", "\r\n", WHOLE },
	{ "128 header lines", LINE USUAL, "X-Some-Header: some value\r\n",
	  "\r\n", 3300 },
	{ "128 long header lines", LINE USUAL,
	  "X: 345678901234567890123456789012345678901234567890"
	  "123456789012345678901234567890123456789012345678901234567890\r\n",
	  "\r\n", HEAD },
	{ "folds in an unknown header", LINE USUAL "X: y", "\r\n ", END, HEAD },
	{ "folds in To", LINE VIA FROM CALL_ID CSEQ "To: <sip:a@b>", "\r\n ",
	  ";a=b" END, HEAD },
	{ "folds in To, no From", LINE VIA CALL_ID CSEQ "To: <sip:a@b>",
	  "\r\n ", ";a=b" END, HEAD },
	{ "blanks in To", LINE VIA FROM CALL_ID CSEQ "To: <sip:a@b>", " ",
	  ";a=b" END, HEAD },
	{ "70 Via values", LINE VIA FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP h",
	  ",SIP/2.0/UDP h", END, 1200 },
	{ "70 Via lines", LINE USUAL, "Via: SIP/2.0/UDP h;branch=z9hG4bKa\r\n",
	  "\r\n", 2600 },
	{ "70 long Via lines", LINE USUAL,
	  "Via: SIP/2.0/UDP h;branch=z9hG4bK3456789012345678901234567890"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "1234567890123456789012\r\n",
	  "\r\n", HEAD },
	{ "70 long Via lines, no From", LINE VIA TO CALL_ID CSEQ,
	  "Via: SIP/2.0/UDP h;branch=z9hG4bK3456789012345678901234567890"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "1234567890123456789012\r\n",
	  "\r\n", HEAD },
	{ "commas in Via", LINE USUAL "Via: ", ",", END, HEAD },
	{ "quoted commas in Via", LINE USUAL "Via: S/2/U h;a=\"", ",", "\"" END,
	  HEAD },
	{ "parameters of the top Via",
	  LINE "Via: SIP/2.0/UDP h;branch=z9hG4bK########", ";a=b",
	  "\r\n" FROM TO CALL_ID CSEQ "\r\n", HEAD },
	{ "parameters of To", LINE VIA FROM CALL_ID CSEQ "To: <sip:a@b>",
	  ";a=b", END, HEAD },
	{ "parameters of From, no To", LINE VIA CALL_ID CSEQ "From: <sip:a@b>",
	  ";a", END, HEAD },
	{ "escapes in To's name", LINE VIA FROM CALL_ID CSEQ "To: \"", "\\\"",
	  "\" <sip:a@b>" END, HEAD },
	{ "an open quote in To", LINE VIA FROM CALL_ID CSEQ "To: \"", "a", END,
	  HEAD },
	{ "quotes in To", LINE VIA FROM CALL_ID CSEQ "To: <sip:a@b>",
	  ";a=\"b\"", END, HEAD },
	{ "a long name in To", LINE VIA FROM CALL_ID CSEQ "To: ", "a ",
	  "<sip:a@b>" END, HEAD },
	{ "a long To, no From", LINE VIA CALL_ID CSEQ "To: ", "a ",
	  "<sip:a@b>" END, HEAD },
	{ "a long Call-ID", LINE VIA FROM TO CSEQ "Call-ID: ########", "a", END,
	  HEAD },
	{ "a long Call-ID without a cookie",
	  LINE OLD_VIA FROM TO CSEQ "Call-ID: ########", "a", END, HEAD },
	{ "a long branch",
	  LINE FROM TO CSEQ CALL_ID "Via: SIP/2.0/UDP h;branch=z9hG4bK########",
	  "a", END, HEAD },
	{ "a long branch in a CANCEL",
	  "CANCEL sip:alice@example.com SIP/2.0\r\n" FROM TO CALL_ID
	  "CSeq: 1 CANCEL\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK########",
	  "a", END, HEAD },
	{ "a long Via in an ACK without a cookie",
	  "ACK sip:alice@example.com SIP/2.0\r\n" FROM
	  "To: <sip:alice@example.com>;tag=a\r\n" CALL_ID
	  "CSeq: 1 ACK\r\nVia: SIP/2.0/UDP h;x=########",
	  "a", END, HEAD },
	{ "a long sent-by",
	  LINE FROM TO CSEQ CALL_ID "Via: SIP/2.0/UDP ########", "a",
	  ";branch=z9hG4bK1" END, HEAD },
	{ "a long From tag",
	  LINE VIA TO CSEQ CALL_ID "From: <sip:a@b>;tag=########", "a", END,
	  HEAD },
	{ "a long Timestamp", LINE USUAL "Timestamp: ", "1", END, HEAD },
	{ "a long User-Agent", LINE USUAL "User-Agent: ", "\xc3\xa9", END,
	  HEAD },
	{ "a long method", "X", "A",
	  " sip:alice@example.com SIP/2.0\r\n" USUAL "\r\n", HEAD - 600 },
	{ "a long Request-URI", "INVITE sip:", "a",
	  "@example.com SIP/2.0\r\n" USUAL "\r\n", HEAD },
	{ "escapes in the Request-URI", "INVITE sip:", "%41",
	  "@example.com SIP/2.0\r\n" USUAL "\r\n", 1300 },
	{ "separators in a number", "INVITE sip:+1", "-",
	  "@example.com SIP/2.0\r\n" USUAL "\r\n", 1300 },
	{ "parameters of the Request-URI", "INVITE sip:self@example.com", ";a",
	  " SIP/2.0\r\n" USUAL "\r\n", 1300 },
	{ "blanks in the first line", "INVITE", " ",
	  "sip:alice@example.com SIP/2.0\r\n" USUAL "\r\n", HEAD },
	{ "digits of Content-Length", LINE USUAL "Content-Length: ", "9", END,
	  HEAD },
	{ "digits of CSeq", LINE VIA FROM TO CALL_ID "CSeq: ", "9",
	  " INVITE" END, HEAD },
	{ "commas in Require", LINE USUAL "Require: ", ",", END, HEAD },
	{ "blanks in Require", LINE USUAL "Require: a", " ", ",b" END, HEAD },
	{ "1,024 octets of one tag", LINE USUAL "Require: a", ",a", END, 2300 },
	{ "one tag beyond its length", LINE USUAL "Require: ", "a", END, HEAD },
	{ "32 tags of one octet, again and again",
	  LINE USUAL "Require: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,"
		     "x,y,z,0,1,2,3,4,5",
	  ",5", END, 752 },
	{ "32 tags, each eight times", LINE USUAL "Require: " TAGS32,
	  "," TAGS32, END, 1520 },
	{ "32 tags in both headers",
	  LINE USUAL
	  "Require: a1234567890,b1234567890,c1234567890,d1234567890,"
	  "e1234567890,f1234567890,g1234567890,h1234567890,i1234567890,"
	  "j1234567890,k1234567890,l1234567890,m1234567890,n1234567890,"
	  "o1234567890,p1234567890,q1234567890,r1234567890,s1234567890,"
	  "t1234567890,u1234567890,v1234567890,w1234567890,x1234567890,"
	  "y1234567890,z1234567890,01234567890,11234567890,21234567890,"
	  "31234567890,41234567890,51234567890\r\n"
	  "Proxy-Require: A1234567890,B1234567890,C1234567890,D1234567890,"
	  "E1234567890,F1234567890,G1234567890,H1234567890,I1234567890,"
	  "J1234567890,K1234567890,L1234567890,M1234567890,N1234567890,"
	  "O1234567890,P1234567890,Q1234567890,R1234567890,S1234567890,"
	  "T1234567890,U1234567890,V1234567890,W1234567890,X1234567890,"
	  "Y1234567890,Z1234567890,01234567890,11234567890,21234567890,"
	  "31234567890,41234567890,51234567890\r\n",
	  "", "\r\n", 0 },
	{ "64 Require lines", LINE USUAL, "Require: 100rel,timer\r\n", "\r\n",
	  1750 },
	{ "a bad byte at the end", LINE USUAL "X: ", "a", "\rb" END, HEAD },
	{ "CRs", LINE USUAL "X: ", "\r", END, HEAD },
	{ "CRs in To", LINE VIA FROM CALL_ID CSEQ "To: <sip:a@b>", "\r", END,
	  HEAD },
	{ "backslashes in To's name", LINE VIA FROM CALL_ID CSEQ "To: \"",
	  "\\\\", "\" <sip:a@b>" END, HEAD },
	{ "NULs behind backslashes in To's name",
	  LINE VIA FROM CALL_ID CSEQ "To: \"", "\\" NUL, "\" <sip:a@b>" END,
	  HEAD },
	{ "NULs behind backslashes in Via",
	  LINE FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP h;branch=z9hG4bK########"
				    ";a=\"",
	  "\\" NUL, "\"" END, HEAD },
	{ "NULs behind backslashes in 70 Vias", LINE USUAL,
	  "Via: S/2/U h;a=\"\\" NUL "\\" NUL "\\" NUL "\\" NUL "\\" NUL "\\" NUL
	  "\\" NUL "\\" NUL "\"\r\n",
	  "\r\n", 2600 },
	{ "NULs behind backslashes, unknown header", LINE USUAL "X: ", "\\" NUL,
	  END, HEAD },
	{ "NULs behind backslashes in User-Agent",
	  LINE USUAL "User-Agent: ", "\\" NUL, END, HEAD },
	{ "NULs behind backslashes in Contact", LINE USUAL "Contact: \"",
	  "\\" NUL, "\" <sip:a@b>" END, HEAD },
	{ "CRLFs and backslashes", LINE USUAL "X: ", "\\\r\n ", END, HEAD },
	{ "8 Contacts, all told of them", MANY USUAL HISTORY, "", "\r\n", 0 },
	{ "8 Contacts, 70 long Via lines", MANY USUAL HISTORY,
	  "Via: SIP/2.0/UDP h;branch=z9hG4bK3456789012345678901234567890"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "1234567890123456789012\r\n",
	  "\r\n", HEAD },
	{ "8 Contacts, a long History-Info index",
	  MANY USUAL "History-Info: <sip:a@b>;index=", "1", END, HEAD },
	{ "8 Contacts, History-Info entries",
	  MANY USUAL "History-Info: <sip:a@b>;index=1", ",<sip:a@b>;index=1.1",
	  END, HEAD },
	{ "8 Contacts, escapes in History-Info", MANY USUAL "History-Info: \"",
	  "\\" NUL, "\"<sip:a@b>;index=1" END, HEAD },
	{ "8 Contacts, words of Privacy", MANY USUAL HISTORY "Privacy: a", ";a",
	  END, HEAD },
	{ "8 Contacts, separators of Privacy", MANY USUAL HISTORY "Privacy: a",
	  ";", END, HEAD },
	{ "8 Contacts, tags supported", MANY USUAL "Supported: a", ",a", END,
	  HEAD },
	{ "8 Contacts, parameters of the Request-URI",
	  "INVITE sip:many@all.example.com", ";a",
	  " SIP/2.0\r\n" USUAL HISTORY "\r\n", 1100 },
	{ "8 Contacts, 128 header lines", MANY USUAL HISTORY,
	  "X-Some-Header: some value\r\n", "\r\n", 3300 },
	{ "8 Contacts, parameters that must not come back",
	  "INVITE sip:many@all.example.com;maddr=h", ";m",
	  " SIP/2.0\r\n" USUAL HISTORY "\r\n", 1100 },
	{ "8 Contacts, History-Info beside the Request-URI",
	  "INVITE sip:many@all.example.com;" P8("A") ";" P8(
		  "B") " SIP/2.0\r\n" USUAL
		       "History-Info: <sip:many@all.example.com;" P8(
			       "B") ";" P8("A") ">;"
						"index=1\r\n",
	  "", "\r\n", 0 },
	{ "8 Contacts, escapes in the user part",
	  "INVITE sip:%6d%61%6e%79@all.example.com;", "%41",
	  " SIP/2.0\r\n" USUAL HISTORY "\r\n", 1100 },
	{ "8 Contacts, a long name in From",
	  MANY VIA TO CALL_ID CSEQ HISTORY "From: \"", "\\a",
	  "\" <sip:a@b>;tag=########" END, 4300 },
	{ "8 Contacts, separators in a number", "INVITE sip:+1555010", "-",
	  "0@all.example.com SIP/2.0\r\n" USUAL HISTORY "\r\n", 1100 },
	{ "folds in Require", LINE USUAL "Require: a", ",\r\n b", END, 1200 },
	{ "63 Route lines", LINE USUAL,
	  "Route: <sip:p.example.net;lr>,<sip:q;lr>\r\n", "\r\n", 3000 },
	{ "what the Via says of rport and received",
	  LINE FROM TO CALL_ID CSEQ
	  "Via: SIP/2.0/UDP h;branch=z9hG4bK########;rport=1",
	  " ", ";received=192.0.2.9\r\n\r\n", 1400 },
	{ "a REGISTER with parameters",
	  "REGISTER sip:all.example.com;" P8("A") ";" P8(
		  "B") " SIP/2.0\r\n" VIA FROM TO CALL_ID
		       "CSeq: 1 REGISTER\r\n",
	  "", "\r\n", 0 },
	{ "colons in an IPv6 sent-by",
	  LINE FROM TO CSEQ CALL_ID "Via: SIP/2.0/UDP [", ":",
	  "];branch=z9hG4bK1" END, HEAD },
};

/* With every rule in force that there can be. */
static const struct shape ruled_shapes[] = {
	{ "normal INVITE, all rules in force",
	  LINE USUAL "Max-Forwards: 70\r\nUser-Agent: phone\r\n", "", "\r\n",
	  0 },
	{ "8 Contacts judged by rules", MANY USUAL HISTORY, "", "\r\n", 0 },
	{ "8 Contacts judged by rules, parameters of the Request-URI",
	  "INVITE sip:many@all.example.com", ";a",
	  " SIP/2.0\r\n" USUAL HISTORY "\r\n", 1100 },
	{ "no pattern's User-Agent", LINE USUAL "User-Agent: ", "scanner-", END,
	  1200 },
	{ "no pattern's From", LINE VIA TO CALL_ID CSEQ "From: \"", "scanner-",
	  "\" <sip:a@b>;tag=########\r\n\r\n", 4300 },
	{ "a challenge", DIGEST_LINE USUAL, "", "\r\n", 0 },
	{ "credentials",
	  DIGEST_LINE USUAL DIGEST(",username=\"u\",nonce=\"n\",cnonce=\""),
	  "c", "\"" END, 600 },
	{ "credentials, a long cnonce",
	  DIGEST_LINE USUAL DIGEST(",username=\"u\",nonce=\"n\",cnonce=\""),
	  "c", "\"" END, HEAD },
	{ "credentials, a long nonce",
	  DIGEST_LINE USUAL DIGEST(",username=\"u\",cnonce=\"n\",nonce=\""),
	  "c", "\"" END, HEAD },
	{ "credentials, a long name",
	  DIGEST_LINE USUAL DIGEST(",nonce=\"u\",cnonce=\"n\",username=\""),
	  "c", "\"" END, HEAD },
	{ "credentials, nonce and cnonce at their limits",
	  DIGEST_LINE USUAL DIGEST(",username=\"u\",cnonce=\"" P58 P58 P58 P58
				   "\",nonce=\"" P58 P58 P58 P58 "\""),
	  "", END, 0 },
	{ "credentials, a uri as long as it may be",
	  DIGEST_LINE USUAL
	  "Authorization: Digest realm=\"digest.example.com\","
	  "algorithm=SHA-512-256,response=\"0000000000000000000000000000000000"
	  "000000000000000000000000000000\",username=\"u\",nonce=\"n\",uri="
	  "\"sip:a@digest.example.com;a=",
	  "a", "\"" END, 1400 },
	{ "credentials, many parameters",
	  DIGEST_LINE USUAL DIGEST(",username=\"u\",nonce=\"n\",cnonce=\"c\""),
	  ",a=b", END, HEAD },
};

#endif
