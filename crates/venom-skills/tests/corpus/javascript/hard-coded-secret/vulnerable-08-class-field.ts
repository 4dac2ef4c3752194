export class Mailer {
  private readonly smtpPassword = 'mail-pass-2024'; // expect: hard-coded-secret
  private readonly host = 'smtp.example.org';
}
